with denominator as (
    select *
    from {{ ref('int_booking__cube') }}
)

{{ indicator_frame(
    'DQ01_MSDS_BOOKING', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

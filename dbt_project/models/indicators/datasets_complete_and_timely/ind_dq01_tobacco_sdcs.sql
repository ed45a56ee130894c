with denominator as (
    select *
    from {{ ref('int_tobacco_dependence__cube') }}
)

{{ indicator_frame(
    'DQ01_TOBACCO_SDCS', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

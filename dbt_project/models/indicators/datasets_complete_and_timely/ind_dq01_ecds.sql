with denominator as (
    select *
    from {{ ref('int_emergency_care__cube') }}
)

{{ indicator_frame(
    'DQ01_ECDS', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

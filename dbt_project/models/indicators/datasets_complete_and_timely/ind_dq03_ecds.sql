with denominator as (
    select *
    from {{ ref('int_emergency_care__cube') }}
)

{{ indicator_frame(
    'DQ03_ECDS', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_emergency_care__cube')
) }}

with denominator as (
    select *
    from {{ ref('int_mental_health_contact__cube') }}
)

{{ indicator_frame(
    'DQ03_MHSDS_CONTACT', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_mental_health_contact__cube')
) }}

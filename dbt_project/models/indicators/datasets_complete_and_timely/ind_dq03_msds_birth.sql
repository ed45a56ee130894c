with denominator as (
    select *
    from {{ ref('int_birth__cube') }}
)

{{ indicator_frame(
    'DQ03_MSDS_BIRTH', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_birth__cube')
) }}

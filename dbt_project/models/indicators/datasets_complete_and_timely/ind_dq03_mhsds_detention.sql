with denominator as (
    select *
    from {{ ref('int_detention__cube') }}
)

{{ indicator_frame(
    'DQ03_MHSDS_DETENTION', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_detention__cube')
) }}

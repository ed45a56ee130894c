with denominator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
)

{{ indicator_frame(
    'DQ03_SUS_APC', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_admitted_care__cube')
) }}

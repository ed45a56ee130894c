with denominator as (
    select *
    from {{ ref('int_outpatient_care__cube') }}
)

{{ indicator_frame(
    'DQ03_SUS_OP', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_outpatient_care__cube')
) }}

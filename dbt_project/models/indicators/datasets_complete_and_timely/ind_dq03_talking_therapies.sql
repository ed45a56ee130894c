with denominator as (
    select *
    from {{ ref('int_talking_therapies__cube') }}
)

{{ indicator_frame(
    'DQ03_TALKING_THERAPIES', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_talking_therapies__cube')
) }}

with denominator as (
    select *
    from {{ ref('int_booking__cube') }}
)

{{ indicator_frame(
    'DQ03_MSDS_BOOKING', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_booking__cube')
) }}

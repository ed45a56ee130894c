with denominator as (
    select *
    from {{ ref('int_booking__cube') }}
)

{{ indicator_frame(
    'DQ01_MSDS_BOOKING', 'denominator',
    numerator="case when ethnic_category_code not in ('Z', 'unknown') then records else 0 end",
    denominator='records'
) }}

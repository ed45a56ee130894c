with denominator as (
    select *
    from {{ ref('int_tobacco_dependence__cube') }}
)

{{ indicator_frame(
    'DQ01_TOBACCO_SDCS', 'denominator',
    numerator="case when ethnic_category_code not in ('Z', 'unknown') then records else 0 end",
    denominator='records'
) }}

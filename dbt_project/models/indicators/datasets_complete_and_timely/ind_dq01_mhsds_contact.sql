with denominator as (
    select *
    from {{ ref('int_mental_health_contact__cube') }}
)

{{ indicator_frame(
    'DQ01_MHSDS_CONTACT', 'denominator',
    numerator="case when ethnic_category_code not in ('Z', 'unknown') then records else 0 end",
    denominator='records'
) }}

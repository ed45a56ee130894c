with denominator as (
    select *
    from {{ ref('int_outpatient_care__cube') }}
)

{{ indicator_frame(
    'DQ01_SUS_OP', 'denominator',
    numerator="case when ethnic_category_code not in ('Z', 'unknown') then records else 0 end",
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
)

{{ indicator_frame(
    'DQ01_GP_EXTRACT', 'denominator',
    numerator="case when ethnic_category_code not in ('Z', 'unknown') then records else 0 end",
    denominator='records'
) }}

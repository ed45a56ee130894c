with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
)

{{ indicator_frame(
    'DQ01_WLMDS', 'denominator',
    numerator="case when ethnic_category_code not in ('Z', 'unknown') then records else 0 end",
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
)

{{ indicator_frame(
    'DQ03_WLMDS', 'denominator',
    numerator="case when nhs_number_state = 'verified' then records else 0 end",
    denominator="case when nhs_number_state in ('verified', 'not verified') then records else 0 end"
) }}

with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
)

{{ indicator_frame(
    'DQ03_WLMDS', 'denominator',
    numerator='nhs_numbers_verified', denominator=nhs_numbers_asked('int_waiting_list__cube')
) }}

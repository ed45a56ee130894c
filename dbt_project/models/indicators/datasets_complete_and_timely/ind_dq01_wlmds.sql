with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
)

{{ indicator_frame(
    'DQ01_WLMDS', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

with published as (
    select
        *,
        over_18_weeks as numerator
    from {{ ref('int_rtt__published') }}
)

{{ published_frame('ELE02_RTT', 'published') }}

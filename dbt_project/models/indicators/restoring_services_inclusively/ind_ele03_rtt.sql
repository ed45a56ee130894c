with published as (
    select
        *,
        over_52_weeks as numerator
    from {{ ref('int_rtt__published') }}
)

{{ published_frame('ELE03_RTT', 'published') }}

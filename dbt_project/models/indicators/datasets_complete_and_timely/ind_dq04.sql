{#- Feed-periods by the month they were due in. One that came with the set-up has no known day, and one within its days of grace is
    still awaited: neither is judged. -#}
with judged as (
    select
        cast(date_trunc('month', due_date) as date) as period_start,
        last_day(due_date) as period_end,
        timeliness_status
    from {{ source('run', 'expected_period') }}
    where timeliness_status in ('on_time', 'amber', 'red', 'never')
),

published as (
    select
        'month' as period_type,
        period_start,
        period_end,
        'england' as area_type,
        'england' as area_code,
        cast(null as varchar) as area_name,
        cast(null as varchar) as organisation_edition,
        'total' as breakdown,
        'not_used' as imd_edition,
        'total' as category,
        count(case when timeliness_status = 'on_time' then 1 end) as numerator,
        count(*) as denominator,
        null as published_value,
        null as published_lower_95,
        null as published_upper_95
    from judged
    group by period_start, period_end
)

{{ published_frame('DQ04', 'published') }}

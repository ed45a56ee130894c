with final as (
    select
        cast(timeliness.feed as varchar) as feed,
        cast(timeliness.period as varchar) as period,
        cast(timeliness.period_start as date) as period_start,
        cast(timeliness.period_end as date) as period_end,
        cast(timeliness.due_date as date) as due_date,
        cast(timeliness.due_source as varchar) as due_source,
        cast(timeliness.received_date as date) as received_date,
        cast(timeliness.days_late as integer) as days_late,
        cast(timeliness.timeliness_status as varchar) as timeliness_status,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from {{ source('run', 'expected_period') }} as timeliness
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

{#- The data quality score with its components, and timeliness beside it: did it arrive, and how recent is what it holds. -#}
with scored as (
    select * from {{ ref('int_publication__score') }}
),

{# Newest date of what a submitter sent, where it sent enough to say so. #}
recency as (
    select
        feed, coalesce(submitter_code, 'not stated') as submitter_code, period, period_end,
        case when records >= {{ least_records_of_an_item() }} then newest_event_date end as newest_event_date,
        records = 0 as is_silent
    from {{ ref('quality_submitter_period') }}
    union all
    select feed, 'all' as submitter_code, period, period_end, max(newest_event_date) as newest_event_date, false as is_silent
    from {{ ref('quality_submitter_period') }}
    group by feed, period, period_end
),

published as (
    select scored.*
    from scored
    left join {{ source('run', 'feed') }} as feed on scored.feed = feed.feed
    left join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
    where scored.submitter_code = 'all' or not coalesce({{ keeps_submitters_inside('feed', 'profile') }}, false)
),

{# A run without records has a row that says so. #}
together as (
    select * from published
    union all
    select
        'all' as feed, 'all' as submitter_code, 'none' as period, null as periods_expected, null as periods_submitted,
        0 as items_scored, null as coverage_pct, null as valid_pct, null as excess_pct, null as score
    where not exists (select 1 from published)
),

final as (
    select
        cast(together.feed as varchar) as feed,
        cast(together.submitter_code as varchar) as submitter_code,
        cast(together.period as varchar) as period,
        cast(together.score as double) as score,
        cast(together.coverage_pct as double) as coverage_pct,
        cast(together.valid_pct as double) as valid_pct,
        cast(together.excess_pct as double) as excess_pct,
        cast(together.items_scored as bigint) as items_scored,
        cast(together.periods_expected as bigint) as periods_expected,
        cast(together.periods_submitted as bigint) as periods_submitted,
        cast(case
            when recency.is_silent then 'never'
            else coalesce(late.timeliness_status, timeliness.timeliness_status)
        end as varchar) as timeliness_status,
        cast(case
            when recency.is_silent then null
            when late.timeliness_status is not null then late.days_late
            else timeliness.days_late
        end as integer) as days_late,
        cast(recency.newest_event_date as date) as newest_event_date,
        cast(datediff('day', recency.newest_event_date, recency.period_end) as integer) as days_behind,
        cast(status.value_status as varchar) as value_status,
        cast(status.status_reason as varchar) as status_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from together
    left join recency
        on together.feed = recency.feed
        and together.submitter_code = recency.submitter_code
        and together.period = recency.period
    left join {{ source('run', 'expected_period') }} as timeliness
        on together.feed = timeliness.feed and together.period = timeliness.period
    {# Who was not in the first file of the period is as late as the one it came in. #}
    left join {{ source('run', 'late_submitter') }} as late
        on together.feed = late.feed and together.submitter_code = late.submitter_code and together.period = late.period
    inner join {{ ref('value_status') }} as status
        on status.value_status = case when together.score is null then 'not_evaluable' else 'shown' end
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

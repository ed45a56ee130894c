{#- What the gate measured and judged, after disclosure control: counts of records by the rule of the feed, per cent from them. The
    gate itself judged true counts. Single practices stay inside where that rule says so. -#}
with disclosed as (
    select
        result.*
        {%- for count in ['violated', 'expected'] %},
        case when result.counts = 'records' then {{ disclosed_count('result.' ~ count, 'profile') }} else result.{{ count }} end
            as {{ count }}_shown
        {%- endfor %}
    from {{ source('verdict', 'rule_result') }} as result
    inner join {{ source('run', 'feed') }} as feed on result.feed = feed.feed
    inner join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
    where result.submitter_code = 'all' or not {{ keeps_submitters_inside('feed', 'profile') }}
),

final as (
    select
        cast(result.feed as varchar) as feed,
        cast(result.submitter_code as varchar) as submitter_code,
        cast(result.period as varchar) as period,
        cast(result.rule_id as varchar) as rule_id,
        cast(result.dimension as varchar) as dimension,
        cast(result.counts as varchar) as counts,
        cast(result.violated_shown as bigint) as violated,
        cast(result.expected_shown as bigint) as expected,
        cast(case when result.expected_shown > 0
            then 100e0 * cast(result.violated_shown as double) / cast(result.expected_shown as double) end as double) as pct,
        cast(result.threshold_pct as double) as threshold_pct,
        cast(result.severity as varchar) as severity,
        cast(result.status as varchar) as status,
        cast(result.waiver_id as varchar) as waiver_id,
        cast(shown.value_status as varchar) as value_status,
        cast(shown.status_reason as varchar) as status_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from disclosed as result
    inner join {{ ref('value_status') }} as shown
        on shown.value_status
        = case when result.violated_shown is null or result.expected_shown is null then 'suppressed' else 'shown' end
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

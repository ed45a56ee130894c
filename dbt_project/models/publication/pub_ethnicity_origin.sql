{#- Where the ethnic categories come from that a release counts by: every origin of every record feed, also of those that are
    not of the run, so that a run without records has something to judge. -#}
with counted as (
    {% for feed in record_feeds() -%}
    select '{{ feed.feed }}' as feed, ethnicity_origin, cast(sum(records) as bigint) as records
    from {{ ref(feed.cube) }}
    group by ethnicity_origin
    union all
    {% endfor -%}
    {% for feed in record_feeds() -%}
    {% set last_feed = loop.last -%}
    {% for origin in ethnicity_origins() -%}
    select '{{ feed.feed }}' as feed, '{{ origin }}' as ethnicity_origin, 0 as records
    {% if not (last_feed and loop.last) %}union all
    {% endif -%}
    {% endfor -%}
    {% endfor %}
),

summed as (
    select feed, ethnicity_origin, cast(sum(records) as bigint) as records
    from counted
    group by feed, ethnicity_origin
),

disclosed as (
    select
        summed.feed,
        summed.ethnicity_origin,
        feed.feed is not null as is_of_the_run,
        case when feed.feed is not null then {{ disclosed_count('summed.records', 'profile') }} end as records
    from summed
    left join {{ source('run', 'feed') }} as feed on summed.feed = feed.feed
    left join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
),

final as (
    select
        cast(disclosed.feed as varchar) as feed,
        cast(setting.ethnicity as varchar) as ethnicity,
        cast(disclosed.ethnicity_origin as varchar) as ethnicity_origin,
        cast(disclosed.records as bigint) as records,
        cast(status.value_status as varchar) as value_status,
        cast(status.status_reason as varchar) as status_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from disclosed
    inner join {{ ref('value_status') }} as status
        on status.value_status = case
            when not disclosed.is_of_the_run then 'not_submitted'
            when disclosed.records is null then 'suppressed'
            else 'shown'
        end
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

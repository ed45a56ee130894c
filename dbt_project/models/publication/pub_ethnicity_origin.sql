{#- Where the ethnic categories come from that a release counts by. -#}
with counted as (
    {% for feed in record_feeds() -%}
    select '{{ feed.feed }}' as feed, ethnicity_origin, cast(sum(records) as bigint) as records
    from {{ ref(feed.cube) }}
    group by ethnicity_origin
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        cast(counted.feed as varchar) as feed,
        cast(setting.ethnicity as varchar) as ethnicity,
        cast(counted.ethnicity_origin as varchar) as ethnicity_origin,
        cast({{ disclosed_count('counted.records', 'profile') }} as bigint) as records,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from counted
    inner join {{ source('run', 'feed') }} as feed on counted.feed = feed.feed
    inner join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

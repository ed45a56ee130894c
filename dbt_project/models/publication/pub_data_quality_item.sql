{#- Completeness by item after disclosure control. Every record feed and item is there, also of feeds that are not of the run, so
    that a run without records has something to judge. Single practices stay inside where the rule of the feed says so. -#}
{%- set counts = ['expected'] + quality_item_counts() -%}
with disclosed as (
    select
        item.feed, item.submitter_code, item.period, item.item, item.list_origin, item.is_silent,
        {% for counted in counts -%}
        {{ disclosed_count('item.' ~ counted, 'profile') }} as {{ counted }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('quality_item') }} as item
    inner join {{ source('run', 'feed') }} as feed on item.feed = feed.feed
    inner join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
    where item.submitter_code = 'all' or not {{ keeps_submitters_inside('feed', 'profile') }}
),

{# A feed without any record. #}
nothing as (
    select feed.feed, 'all' as submitter_code, 'none' as period, feed.item, 'not_listed' as list_origin, true as is_silent
    from (
        {% for feed in record_feeds() -%}
        {% set last_feed = loop.last -%}
        {% for name in quality_item_names() -%}
        select '{{ feed.feed }}' as feed, '{{ name }}' as item
        {% if not (last_feed and loop.last) %}union all
        {% endif -%}
        {% endfor -%}
        {% endfor %}
    ) as feed
    left join disclosed as found on feed.feed = found.feed
    where found.feed is null
),

together as (
    select feed, submitter_code, period, item, list_origin, is_silent, {{ counts | join(', ') }} from disclosed
    union all
    select
        feed, submitter_code, period, item, list_origin, is_silent
        {%- for counted in counts %}, cast(null as bigint) as {{ counted }}{% endfor %}
    from nothing
),

final as (
    select
        cast(together.feed as varchar) as feed,
        cast(together.submitter_code as varchar) as submitter_code,
        cast(together.period as varchar) as period,
        cast(together.item as varchar) as item,
        cast(together.list_origin as varchar) as list_origin,
        {% for counted in counts -%}
        cast(together.{{ counted }} as bigint) as {{ counted }},
        {% endfor -%}
        cast(status.value_status as varchar) as value_status,
        cast(status.status_reason as varchar) as status_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from together
    inner join {{ ref('value_status') }} as status
        on status.value_status = case
            when together.is_silent then 'not_submitted'
            when {% for counted in counts %}together.{{ counted }} is null{% if not loop.last %} or {% endif %}{% endfor %} then 'suppressed'
            else 'shown'
        end
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

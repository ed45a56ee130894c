{#- True counts by item. `all` is the whole feed. What was expected of a submitter that sent nothing is what it usually sends. -#}
with sent as (
    select
        sent.*,
        case when sent.records > 0 then sent.records else cast(round(history.usual_records) as bigint) end as expected
    from {{ ref('quality_submitter_period') }} as sent
    left join {{ ref('quality_submitter_history') }} as history
        on sent.feed = history.feed and sent.submitter_code = history.submitter_code and sent.period = history.period
),

by_item as (
    {% for name in quality_item_names() -%}
    select
        feed, submitter_code, period, '{{ name }}' as item, list_origin, records, expected,
        {% for counted in quality_item_counts() -%}
        {{ name }}_{{ counted }} as {{ counted }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from sent
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

{# Of an item that a file of the feed never has nothing is asked: the extract is without it. #}
asked as (
    select feed, period, item
    from by_item
    group by feed, period, item
    having sum(received) > 0 or (item <> 'nhs_number' and count(received) > 0)
),

together as (
    select
        by_item.feed, coalesce(by_item.submitter_code, 'not stated') as submitter_code, by_item.period, by_item.item,
        coalesce(by_item.list_origin, 'not_listed') as list_origin,
        by_item.records = 0 as is_silent,
        {% for counted in ['expected'] + quality_item_counts() -%}
        {% if counted == 'expected' %}by_item.expected{% else %}coalesce(by_item.{{ counted }}, 0) as {{ counted }}{% endif %}
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from by_item
    inner join asked on by_item.feed = asked.feed and by_item.period = asked.period and by_item.item = asked.item
),

whole_feed as (
    select
        feed, 'all' as submitter_code, period, item,
        case when min(list_origin) = max(list_origin) then min(list_origin) else 'mixed' end as list_origin,
        sum(case when is_silent then 0 else 1 end) = 0 as is_silent,
        {% for counted in ['expected'] + quality_item_counts() -%}
        cast(sum({{ counted }}) as bigint) as {{ counted }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from together
    group by feed, period, item
),

final as (
    select * from together
    union all
    select * from whole_feed
)

select * from final

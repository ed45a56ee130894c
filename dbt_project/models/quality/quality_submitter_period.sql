{#- What each submitter sent for each period, counted in one pass over the records: everything that is measured of
    completeness and plausibility is worked out from here. A submitter that was expected and sent nothing has a row without records. -#}
with counted as (
    {% for feed in record_feeds() -%}
    {%- set items = quality_items(feed) %}
    select
        '{{ feed.feed }}' as feed, provider_code as submitter_code, source_period as period,
        count(*) as records,
        {% for name in quality_item_names() if name != 'residence' -%}
        {% for counted in quality_item_counts() -%}
        {% if name in items -%}
        count(case when {{ items[name][counted] }} then 1 end) as {{ name }}_{{ counted }},
        {% else -%}
        cast(null as bigint) as {{ name }}_{{ counted }},
        {% endif -%}
        {% endfor -%}
        {% endfor -%}
        count(lsoa_code) as residence_received,
        count(case when left(lsoa_code, 1) = 'Z' then 1 end) as residence_defaults,
        {# A date after every period that was landed is a slip of the pen. #}
        max(case when {{ feed.event_date }} <= (select max(landed.period_end) from {{ source('run', 'part') }} as landed)
            then {{ feed.event_date }} end) as newest_event_date
    from {{ ref(feed.records) }}
    group by provider_code, source_period
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

residence as (
    {% for feed in record_feeds() -%}
    select
        '{{ feed.feed }}' as feed, provider_code as submitter_code, source_period as period,
        cast(sum(case when residence_key > {{ unknown_residence_key() }} then records else 0 end) as bigint) as in_england,
        cast(sum(case when residence_key = {{ outside_england_residence_key() }} then records else 0 end) as bigint)
            as outside_england,
        cast(sum(records) as bigint) as records_of_cube
    from {{ ref(feed.cube) }}
    group by provider_code, source_period
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

expected as (
    select
        part.feed, submitter.submitter_code, part.period, submitter.list_origin
    from {{ source('run', 'part') }} as part
    inner join {{ ref('int_submitter__expected') }} as submitter
        on part.feed = submitter.feed
        and part.period_end >= submitter.valid_from
        and (part.period_end <= submitter.valid_to or submitter.valid_to is null)
),

{# Sent or expected. #}
listed as (
    select feed, submitter_code, period from counted
    union
    select feed, submitter_code, period from expected
),

final as (
    select
        listed.feed,
        listed.submitter_code,
        listed.period,
        part.period_grain,
        part.period_end,
        expected.list_origin is not null as is_expected,
        expected.list_origin,
        coalesce(counted.records, 0) as records,
        {% for name in quality_item_names() if name != 'residence' -%}
        {% for item in quality_item_counts() -%}
        counted.{{ name }}_{{ item }},
        {% endfor -%}
        {% endfor -%}
        counted.residence_received,
        residence.in_england + residence.outside_england + counted.residence_defaults as residence_valid,
        counted.residence_defaults,
        residence.in_england + residence.outside_england as residence_known,
        residence.outside_england,
        residence.records_of_cube,
        counted.newest_event_date
    from listed
    inner join {{ source('run', 'part') }} as part on listed.feed = part.feed and listed.period = part.period
    left join expected
        on listed.feed = expected.feed and listed.submitter_code = expected.submitter_code and listed.period = expected.period
    left join counted
        on listed.feed = counted.feed
        and listed.submitter_code is not distinct from counted.submitter_code
        and listed.period = counted.period
    left join residence
        on listed.feed = residence.feed
        and listed.submitter_code is not distinct from residence.submitter_code
        and listed.period = residence.period
)

select * from final

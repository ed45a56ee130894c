{#- Medians and other percentiles of the values behind each cell, with limits: a number of its own kind, for percentiles of
    parts do not sum. The values of a cell are collected in a list, by the places and groups of the roll-up, and every
    percentile is read from the sorted list. A list takes four bytes a value: some eighty times the waiting list, once. -#}
{%- set keys = ['source_period'] -%}
{%- set families = ['all', 'ethnic', 'age', 'sex', 'plus'] -%}
{%- set first_values, all_values = ['list(value) as points'], ['flatten(list(points)) as points'] -%}
{%- set cell = ['source_period', 'area_type', 'area_code', 'breakdown', 'imd_edition', 'category'] -%}
with rows as (
    select
        {{ group_columns('counted') }},
        {# One value a record: a row of the cube may stand for several. #}
        unnest(list_resize([cast(counted.value as integer)], counted.denominator, cast(counted.value as integer))) as value
    from {{ ref('ind_ele04') }} as counted
    {{ group_column_joins('counted') }}
),

{%- for kind, own, areas, places in [
    ('residence', [], ['england', 'region', 'icb', 'sub_icb', 'la'], places_of_records()),
    ('provider', ['provider_code'], ['provider'], places_of_providers()),
] %}

{{ kind }}_group as (
    {{ person_groups('rows', keys + own, first_values, places) | indent(4) }}
),

{% for family in families -%}
{{ kind }}_{{ family }} as (
    select
        rows.source_period,
        {% if own -%}
        rows.provider_code as provider,
        {% endif -%}
        {{ group_labels(family, 0, 200) }},
        rows.points
    from {{ kind }}_group as rows
    {{ group_joins(family) }}
    where rows.family = '{{ family }}'
),

{% endfor -%}
by_{{ kind }} as (
    {{ rollup(kind, keys, all_values, areas, families) | indent(4) }}
),
{%- endfor %}

sorted as (
    select * replace (list_sort(points) as points) from by_residence
    union all
    select * replace (list_sort(points) as points) from by_provider
),

percentile as (
    {{ percentiles_of_lists('sorted', cell, 'points', [50, 92]) | indent(4) }}
),

final as (
    select
        series.series_key,
        percentile.area_type,
        percentile.area_code,
        case when percentile.breakdown = 'plus_group' then 'plus_' || split_part(percentile.category, ' | ', 1)
            else percentile.breakdown end as breakdown,
        percentile.imd_edition,
        case when percentile.breakdown = 'plus_group' then split_part(percentile.category, ' | ', 2)
            else percentile.category end as category,
        percentile.value,
        percentile.lower_95,
        percentile.upper_95
    from percentile
    inner join {{ ref('int_period__member') }} as member
        on member.feed = 'wlmds' and percentile.source_period = member.source_period
    inner join {{ ref('int_indicator__series') }} as series
        on member.feed = series.feed and member.period_type = series.period_type and member.period_end = series.period_end
    inner join {{ source('run', 'indicator') }} as indicator
        on series.indicator_id = indicator.indicator_id
        and indicator.measure_type = case percentile.percent when 50 then 'median' else 'percentile_' || percentile.percent end
)

select * from final

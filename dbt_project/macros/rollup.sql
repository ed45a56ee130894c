{# Roll-up to person groups, breakdowns and areas: once, for all indicators together, in two steps.

   person_groups collapses records to one family of person groups at a time (everyone, by ethnic category, by age band, by
   sex, by the PLUS groups a person is in) and to no more of the residence than the family needs: deciles are broken down for
   everyone, Core20 by ethnic group, and nothing of deprivation by age, sex and PLUS group. rollup then sums each family to areas and to the breakdowns it can make. The
   first step is what makes the second cheap. Every group, known or not, is a group of its own, so parts sum to the total. #}

{# What person_groups reads of a counted row: where it was counted, every residence key a family may need, and its groups. #}
{% macro group_columns(counted) -%}
    {{ counted }}.source_period,
    coalesce({{ counted }}.provider_code, 'unknown') as provider_code,
    residence.residence_key,
    residence.area_key,
    residence.area_core20_key,
    residence.decile_key,
    residence.core20_key,
    residence.any_key,
    {{ counted }}.ethnic_category_code,
    {{ counted }}.sex_code,
    {{ counted }}.plus_key,
    coalesce(band.band_order, 0) as age_band_order
{%- endmacro %}

{% macro group_column_joins(counted) -%}
    inner join {{ ref('dim_residence') }} as residence on {{ counted }}.residence_key = residence.residence_key
    left join ({{ band_of_age() }}) as band on {{ counted }}.age_from = band.age_from
{%- endmacro %}

{# Every series a counted row belongs to: the periods its part is a member of. #}
{% macro series_of_parts(counted) -%}
    inner join {{ ref('int_indicator__series') }} as series on {{ counted }}.indicator_id = series.indicator_id
    inner join {{ ref('int_period__member') }} as member
        on series.feed = member.feed
        and series.period_type = member.period_type
        and series.period_end = member.period_end
        and {{ counted }}.source_period = member.source_period
{%- endmacro %}

{# `rows` has the keys, the columns of groups, and the residence keys: `places` names the one each family needs. A family
   without a place is not made: residents are not known by PLUS group. #}
{% macro person_groups(rows, keys, measures, places) -%}
select
    {{ keys | join(',\n    ') }},
    {#- One set holds one of them; the others are NULL in it. #}
    coalesce({{ places.values() | unique | join(', ') }}) as residence_key,
    case
        when grouping(ethnic_category_code) = 0 then 'ethnic'
        when grouping(sex_code) = 0 then 'sex'
        when grouping(age_band_order) = 0 then 'age'
        {%- if places.plus %}
        when grouping(plus_key) = 0 then 'plus'
        {%- endif %}
        else 'all'
    end as family,
    case
        when grouping(ethnic_category_code) = 0 then ethnic_category_code
        when grouping(sex_code) = 0 then sex_code
        when grouping(age_band_order) = 0 then cast(age_band_order as varchar)
        {%- if places.plus %}
        when grouping(plus_key) = 0 then cast(plus_key as varchar)
        {%- endif %}
        else 'all'
    end as person_group,
    {{ measures | join(',\n    ') }}
from {{ rows }}
group by grouping sets (
    ({{ keys | join(', ') }}, {{ places.all }}),
    ({{ keys | join(', ') }}, {{ places.ethnic }}, ethnic_category_code),
    ({{ keys | join(', ') }}, {{ places.sex }}, sex_code),
    ({{ keys | join(', ') }}, {{ places.age }}, age_band_order)
    {%- if places.plus %},
    ({{ keys | join(', ') }}, {{ places.plus }}, plus_key)
    {%- endif %}
)
{%- endmacro %}

{% macro places_of_residents() -%}
    {{ return({'all': 'residence_key', 'ethnic': 'area_core20_key', 'sex': 'area_key', 'age': 'area_key'}) }}
{%- endmacro %}

{% macro places_of_records() -%}
    {{ return(dict(places_of_residents(), plus='area_key')) }}
{%- endmacro %}

{# Areas of residence are not broken down by provider. #}
{% macro places_of_providers() -%}
    {{ return({'all': 'decile_key', 'ethnic': 'core20_key', 'sex': 'any_key', 'age': 'any_key', 'plus': 'any_key'}) }}
{%- endmacro %}

{# The breakdowns each family makes. A breakdown by deprivation is there once an IMD edition. #}
{% macro family_breakdowns(family) -%}
    {%- set sets = {
        'all': [{'breakdown': 'total', 'columns': []}],
        'ethnic': [
            {'breakdown': 'ethnic_group_5', 'columns': ['ethnic_group_5']},
            {'breakdown': 'ethnic_category', 'columns': ['ethnic_category']},
        ],
        'age': [{'breakdown': 'age_band', 'columns': ['age_band']}],
        'sex': [{'breakdown': 'sex', 'columns': ['sex']}],
        'plus': [{'breakdown': 'plus_group', 'columns': ['plus_group_id', 'plus_membership']}],
    }[family] -%}
    {%- for edition in [2019, 2025] -%}
        {%- if family == 'all' -%}
            {%- for name in ['imd_decile', 'imd_quintile', 'core20'] -%}
                {%- do sets.append({'breakdown': name, 'edition': edition, 'columns': [name ~ '_' ~ edition]}) -%}
            {%- endfor -%}
        {%- elif family == 'ethnic' -%}
            {# First, because its set also holds the column of the single breakdown. #}
            {%- do sets.insert(0, {
                'breakdown': 'ethnic_group_5_by_core20', 'edition': edition,
                'columns': ['ethnic_group_5', 'core20_' ~ edition]
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(sets) }}
{%- endmacro %}

{% macro all_in_set(columns) -%}
    {%- for column in columns -%} grouping({{ column }}) = 0 {%- if not loop.last %} and {% endif -%} {%- endfor -%}
{%- endmacro %}

{# The property of the grouping set a row comes from, as text. #}
{% macro label_by_set(sets, property, otherwise) -%}
    {%- set named = sets | selectattr('columns') | selectattr(property, 'defined') | list -%}
    {%- if named -%}
    case
        {% for set in named -%}
        when {{ all_in_set(set.columns) }} then '{{ set[property] }}'
        {% endfor -%}
        else '{{ otherwise }}'
    end
    {%- else -%} '{{ otherwise }}' {%- endif -%}
{%- endmacro %}

{# Kind and code of the area a row of grouping sets is for; the country is the set without any of them. #}
{% macro area_of_set(areas) -%}
    case
        {% for area in areas if area != 'england' -%}
        when grouping({{ area }}) = 0 then '{{ area }}'
        {% endfor -%}
        else 'england'
    end as area_type,
    case
        {% for area in areas if area != 'england' -%}
        when grouping({{ area }}) = 0 then {{ area }}
        {% endfor -%}
        else 'england'
    end as area_code
{%- endmacro %}

{# Sums of published counts for the country and each kind of area, one column an area in `rows`. #}
{% macro area_totals(rows, keys, areas, measures) -%}
select
    {{ keys | join(',\n    ') }},
    {{ area_of_set(areas) }},
    {{ measures | join(',\n    ') }}
from {{ rows }}
group by grouping sets (
    ({{ keys | join(', ') }})
    {%- for area in areas %},
    ({{ (keys + [area]) | join(', ') }})
    {%- endfor %}
)
{%- endmacro %}

{# `rows`_<family> has `keys`, the columns of group_labels for that family, and one column an area type. #}
{% macro rollup(rows, keys, measures, areas, families) -%}
{% for family in families -%}
{%- set sets = family_breakdowns(family) -%}
select
    {{ keys | join(',\n    ') }},
    {{ area_of_set(areas) }},
    {{ label_by_set(sets, 'breakdown', 'total') }} as breakdown,
    {{ label_by_set(sets, 'edition', 'not_used') }} as imd_edition,
    case
        {% for set in sets if set.columns -%}
        when {{ all_in_set(set.columns) }} then {{ set.columns | join(" || ' | ' || ") }}
        {% endfor -%}
        else 'total'
    end as category,
    {{ measures | join(',\n    ') }}
from {{ rows }}_{{ family }}
group by grouping sets (
    {% for area in areas -%}
    {% set outer_last = loop.last -%}
    {% for set in sets -%}
    ({{ (keys + ([] if area == 'england' else [area]) + set.columns) | join(', ') }})
    {%- if not (outer_last and loop.last) %},{% endif %}
    {% endfor -%}
    {% endfor %}
)
{% if not loop.last %}union all
{% endif -%}
{% endfor %}
{%- endmacro %}

{# Areas, and the groups of one family as the labels that are published. `rows` has residence_key and person_group;
   `first_age` and `last_age` bound the ages the indicator covers. #}
{% macro group_labels(family, first_age, last_age) -%}
    residence.region_code as region,
    residence.icb_code as icb,
    residence.sub_icb_code as sub_icb,
    residence.la_code as la
    {%- if family in ('all', 'ethnic') %}
    {%- for edition in [2019, 2025] %}
    {%- set decile = 'residence.imd' ~ edition ~ '_decile' -%}
    {%- set elsewhere = "case when residence.residence_group = 'outside_england' then 'outside_england' else 'unknown' end" %},
    {%- if family == 'all' %}
    case when {{ decile }} is not null then cast({{ decile }} as varchar) else {{ elsewhere }} end as imd_decile_{{ edition }},
    case when {{ decile }} is not null then cast({{ imd_quintile(decile) }} as varchar) else {{ elsewhere }} end as imd_quintile_{{ edition }},
    {%- endif %}
    case
        when {{ decile }} is null then {{ elsewhere }}
        when {{ is_core20(decile) }} then 'core20'
        else 'rest'
    end as core20_{{ edition }}
    {%- endfor %}
    {%- endif %}
    {%- if family == 'ethnic' %},
    case
        when rows.person_group = 'not_split' then 'not_split'
        else coalesce(ethnic.ethnic_group_5, 'unknown')
    end as ethnic_group_5,
    case
        when rows.person_group = 'not_split' then 'not_split'
        when ethnic.is_known then rows.person_group
        else 'unknown'
    end as ethnic_category
    {%- elif family == 'plus' %},
    plus_group.plus_group_id,
    plus_group.membership as plus_membership
    {%- elif family == 'sex' %},
    coalesce(sex.sex, case when rows.person_group = 'not_split' then 'not_split' else 'unknown' end) as sex
    {%- elif family == 'age' %},
    {# The first and last band are named by the ages the indicator covers: under 19 ends in 15-18, not in 15-19. #}
    case
        when band.band_order is null then 'unknown'
        when band.age_to is null then band.age_band
        when greatest(band.age_from, {{ first_age }}) = least(band.age_to, {{ last_age }})
            then cast(greatest(band.age_from, {{ first_age }}) as varchar)
        else cast(greatest(band.age_from, {{ first_age }}) as varchar) || '-'
            || cast(least(band.age_to, {{ last_age }}) as varchar)
    end as age_band
    {%- endif %}
{%- endmacro %}

{% macro group_joins(family) -%}
    inner join {{ ref('dim_residence') }} as residence on rows.residence_key = residence.residence_key
    {%- if family == 'ethnic' %}
    left join {{ ref('ethnic_category') }} as ethnic on rows.person_group = ethnic.ethnic_category_code
    {%- elif family == 'sex' %}
    left join {{ ref('sex') }} as sex on rows.person_group = sex.sex_code
    {%- elif family == 'age' %}
    left join {{ ref('standard_population') }} as band on rows.person_group = cast(band.band_order as varchar)
    {%- elif family == 'plus' %}
    {# Each person group is in every PLUS group, as a member or not, so the family is there once a group. #}
    left join {{ ref('dim_plus_group') }} as plus_group on rows.person_group = cast(plus_group.plus_key as varchar)
    {%- endif %}
{%- endmacro %}

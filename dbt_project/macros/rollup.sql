{# Roll-up to areas and breakdowns: once, for all indicators together.
   `rows` has one column an area type and one a breakdown (see group_labels); `keys` stay as they are. Every group, known or not, is
   a group of its own, so parts sum to the total. Grouping sets are every area by every breakdown. #}

{% macro breakdowns() -%}
    {%- set sets = [
        {'breakdown': 'total', 'columns': []},
        {'breakdown': 'ethnic_group_5', 'columns': ['ethnic_group_5']},
        {'breakdown': 'ethnic_category', 'columns': ['ethnic_category']},
        {'breakdown': 'age_band', 'columns': ['age_band']},
        {'breakdown': 'sex', 'columns': ['sex']},
    ] -%}
    {%- for edition in [2019, 2025] -%}
        {%- for name in ['imd_decile', 'imd_quintile', 'core20'] -%}
            {%- do sets.append({'breakdown': name, 'edition': edition, 'columns': [name ~ '_' ~ edition]}) -%}
        {%- endfor -%}
        {%- do sets.append({
            'breakdown': 'ethnic_group_5_by_core20', 'edition': edition,
            'columns': ['ethnic_group_5', 'core20_' ~ edition]
        }) -%}
    {%- endfor -%}
    {{ return(sets) }}
{%- endmacro %}

{% macro all_in_set(columns) -%}
    {%- for column in columns -%} grouping({{ column }}) = 0 {%- if not loop.last %} and {% endif -%} {%- endfor -%}
{%- endmacro %}

{% macro rollup(rows, keys, measures, areas) -%}
{#- Widest sets first: 'ethnic group by Core20' also holds the columns of the two single breakdowns. -#}
{%- set ordered = breakdowns() -%}
{%- set wide = ordered | selectattr('breakdown', 'equalto', 'ethnic_group_5_by_core20') | list -%}
{%- set narrow = ordered | rejectattr('breakdown', 'equalto', 'ethnic_group_5_by_core20')
    | rejectattr('breakdown', 'equalto', 'total') | list -%}
select
    {{ keys | join(',\n    ') }},
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
    end as area_code,
    case
        {% for set in wide + narrow -%}
        when {{ all_in_set(set.columns) }} then '{{ set.breakdown }}'
        {% endfor -%}
        else 'total'
    end as breakdown,
    case
        {% for set in wide + narrow if set.edition -%}
        when {{ all_in_set(set.columns) }} then '{{ set.edition }}'
        {% endfor -%}
        else 'not_used'
    end as imd_edition,
    case
        {% for set in wide + narrow -%}
        when {{ all_in_set(set.columns) }} then {{ set.columns | join(" || ' | ' || ") }}
        {% endfor -%}
        else 'total'
    end as category,
    {{ measures | join(',\n    ') }}
from {{ rows }}
group by grouping sets (
    {% for area in areas -%}
    {% set outer_last = loop.last -%}
    {% for set in ordered -%}
    ({{ (keys + ([] if area == 'england' else [area]) + set.columns) | join(', ') }})
    {%- if not (outer_last and loop.last) %},{% endif %}
    {% endfor -%}
    {% endfor %}
)
{%- endmacro %}

{# Person and residence groups as the labels that are published. `rows` is a relation with residence_key,
   ethnic_category_code, sex_code and age_from; `first_age` and `last_age` bound the ages the indicator covers. #}
{% macro group_labels(residence, first_age, last_age) -%}
    residence.region_code as region,
    residence.icb_code as icb,
    residence.sub_icb_code as sub_icb,
    residence.la_code as la,
    {% for edition in [2019, 2025] -%}
    {%- set decile = 'residence.imd' ~ edition ~ '_decile' -%}
    {%- set elsewhere = "case when residence.residence_group = 'outside_england' then 'outside_england' else 'unknown' end" -%}
    case when {{ decile }} is not null then cast({{ decile }} as varchar) else {{ elsewhere }} end as imd_decile_{{ edition }},
    case when {{ decile }} is not null then cast({{ imd_quintile(decile) }} as varchar) else {{ elsewhere }} end as imd_quintile_{{ edition }},
    case
        when {{ decile }} is null then {{ elsewhere }}
        when {{ is_core20(decile) }} then 'core20'
        else 'rest'
    end as core20_{{ edition }},
    {% endfor -%}
    case
        when rows.ethnic_category_code = 'not_split' then 'not_split'
        else coalesce(ethnic.ethnic_group_5, 'unknown')
    end as ethnic_group_5,
    case
        when rows.ethnic_category_code = 'not_split' then 'not_split'
        when ethnic.is_known then rows.ethnic_category_code
        else 'unknown'
    end as ethnic_category,
    coalesce(sex.sex, case when rows.sex_code = 'not_split' then 'not_split' else 'unknown' end) as sex,
    coalesce(band.band_order, 0) as band_order,
    {# The first and last band are named by the ages the indicator covers: under 19 ends in 15-18, not in 15-19. #}
    case
        when band.band_order is null then 'unknown'
        when band.age_to is null then band.age_band
        when greatest(band.age_from, {{ first_age }}) = least(band.age_to, {{ last_age }})
            then cast(greatest(band.age_from, {{ first_age }}) as varchar)
        else cast(greatest(band.age_from, {{ first_age }}) as varchar) || '-'
            || cast(least(band.age_to, {{ last_age }}) as varchar)
    end as age_band
{%- endmacro %}

{% macro group_joins() -%}
    inner join {{ ref('dim_residence') }} as residence on rows.residence_key = residence.residence_key
    left join {{ ref('ethnic_category') }} as ethnic on rows.ethnic_category_code = ethnic.ethnic_category_code
    left join {{ ref('sex') }} as sex on rows.sex_code = sex.sex_code
    left join {{ ref('standard_population') }} as band
        on rows.age_from >= band.age_from and (rows.age_from <= band.age_to or band.age_to is null)
{%- endmacro %}

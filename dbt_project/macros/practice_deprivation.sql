{# Deprivation of GP practices: docs/adr/0008-practice-deprivation.md. #}

{# Feeds whose rows are practices, and so are grouped by the deprivation of practices. #}
{% macro practice_feeds() -%} {{ return(['nhs_app', 'qof']) }} {%- endmacro %}

{# Lists further away than that say too little of who was registered (proposed, evidence: I). #}
{% macro most_days_between_figures_and_list() -%} 731 {%- endmacro %}

{# A practice of whose patients fewer have a score is not ranked (proposed, evidence: I). #}
{% macro least_share_of_list_with_score() -%} 5e-1 {%- endmacro %}

{# Counts of practices summed to the country and to areas, for everybody and by practice_imd_quintile: CTEs ending in `figures`.
   `rows` has source_period, practice, practice_name, sub_icb, icb, region, numerator and denominator. A practice that is on
   no list is in the group `unknown`; without any list there is no such breakdown. #}
{% macro practice_figures(feed, rows) -%}
graded as (
    select
        {{ rows }}.*,
        cast(edition.imd_edition as varchar) as imd_edition,
        coalesce(cast(quintile.practice_imd_quintile as varchar), 'unknown') as category
    from {{ rows }}
    inner join (
        select distinct source_period, imd_edition from {{ ref('int_practice__quintile') }} where feed = '{{ feed }}'
    ) as edition on {{ rows }}.source_period = edition.source_period
    left join {{ ref('int_practice__quintile') }} as quintile
        on quintile.feed = '{{ feed }}'
        and {{ rows }}.source_period = quintile.source_period
        and edition.imd_edition = quintile.imd_edition
        and {{ rows }}.practice = quintile.practice_code
),

by_area as (
    {{ area_totals(rows, ['source_period'], ['practice', 'sub_icb', 'icb', 'region'], [
        'case when grouping(practice) = 0 then max(practice_name) end as area_name',
        'sum(numerator) as numerator',
        'sum(denominator) as denominator',
    ]) | indent(4) }}
),

by_quintile as (
    {{ area_totals('graded', ['source_period', 'imd_edition', 'category'], ['sub_icb', 'icb', 'region'], [
        'sum(numerator) as numerator',
        'sum(denominator) as denominator',
    ]) | indent(4) }}
),

figures as (
    select
        source_period, area_type, area_code, area_name,
        'total' as breakdown, 'not_used' as imd_edition, 'total' as category, numerator, denominator
    from by_area
    union all
    select
        source_period, area_type, area_code, cast(null as varchar) as area_name,
        'practice_imd_quintile' as breakdown, imd_edition, category, numerator, denominator
    from by_quintile
)
{%- endmacro %}

{# The figures above as int_..__published: the one shape ind_ models of published figures read. #}
{% macro figures_of_periods(feed, period_type) -%}
select
    '{{ period_type }}' as period_type,
    part.period_start,
    part.period_end,
    figures.area_type,
    figures.area_code,
    figures.area_name,
    cast(setting.organisation_edition as varchar) as organisation_edition,
    figures.breakdown,
    figures.imd_edition,
    figures.category,
    figures.numerator,
    figures.denominator,
    cast(null as double) as published_value,
    cast(null as double) as published_lower_95,
    cast(null as double) as published_upper_95
from figures
inner join {{ source('run', 'part') }} as part on part.feed = '{{ feed }}' and figures.source_period = part.period
cross join {{ source('run', 'setting') }} as setting
{%- endmacro %}

{#- Indices over all deprivation groups of an area: slope and relative index of inequality, the slope on England's groups
    (the new SII), the concentration index, and what is attributable to not being in the least deprived group.
    Quintiles for every area; deciles where groups are large enough: England, regions and ICBs.
    Made from published values only, so that nothing hidden can be worked out from an index. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
{%- set keys = [
    'indicator_id', 'period_type', 'period_end', 'area_type', 'area_code', 'organisation_edition', 'breakdown', 'imd_edition'
] -%}
with area_number as (
    {# One integer for the eight columns that make an area, which every statistic groups by. #}
    select
        {{ key_columns(keys) }}
        row_number() over (order by {{ keys | join(', ') }}) as area_key
    from (
        select distinct {{ keys | join(', ') }}
        from {{ ref('int_publication__value') }}
        where breakdown in ('imd_quintile', 'imd_decile', 'practice_imd_quintile')
    )
),

deprivation_group as (
    select
        valued.*,
        area_number.area_key,
        indicator.multiplier,
        {# Proportions are straight on the logit and need a fraction; rates are straight on the log. #}
        case when valued.unit = '%' then 'logit' else 'log' end as scale,
        case when valued.unit = '%' then cast(indicator.multiplier as double) else 1e0 end as scale_unit,
        case when valued.polarity = 'higher_better' then 1 else -1 end as direction
    from {{ ref('int_publication__value') }} as valued
    inner join {{ source('run', 'indicator') }} as indicator on valued.indicator_id = indicator.indicator_id
    inner join area_number on {{ same_keys('valued', 'area_number', keys) }}
    where valued.category not in ('unknown', 'outside_england')
        {# Percentiles of groups do not add up to one of everybody. #}
        and not {{ is_percentile('valued') }}
        and (
            valued.breakdown in ('imd_quintile', 'practice_imd_quintile')
            or (valued.breakdown = 'imd_decile' and valued.area_type in ('england', 'region', 'icb'))
        )
),

group_row as (
    select
        own.*,
        own.value / own.scale_unit as scaled_value,
        own.lower_95 / own.scale_unit as scaled_lower_95,
        own.upper_95 / own.scale_unit as scaled_upper_95,
        own.scale_unit * own.direction as factor,
        case own.breakdown when 'imd_decile' then 10 else 5 end as groups_expected,
        england.denominator as england_denominator
    from deprivation_group as own
    left join deprivation_group as england
        on england.area_type = 'england' and {{ same_keys('own', 'england', [
            'indicator_id', 'period_type', 'period_end', 'organisation_edition', 'breakdown', 'imd_edition', 'category'
        ]) }}
),

{# Why an area has no index: its groups say so before the statistic does. #}
area as (
    select
        area_key,
        {{ key_columns(keys) }}
        max(indicator_version) as indicator_version,
        max(feed) as feed,
        max(denominator_type) as denominator_type,
        max(period_start) as period_start,
        max(area_name_published) as area_name_published,
        max(unit) as unit,
        max(direction) as direction,
        min(caution) as caution,
        case
            when bool_or(value_status = 'withheld_quality') then 'withheld_quality'
            when bool_or(value_status = 'suppressed') then 'suppressed'
            {# Nobody in a group: the least deprived group here would not be that of other areas. #}
            when count(*) < max(groups_expected) then 'not_evaluable'
            else min(case when value_status <> 'shown' then value_status end)
        end as group_status
    from group_row
    group by all
),

slope as (
    {{ slope_index(
        'group_row', ['area_key'], 'category', 'denominator', 'scaled_value', 'groups_expected',
        lower='scaled_lower_95', upper='scaled_upper_95', scale='scale', multiplier='factor'
    ) | indent(4) }}
),

{# England's own groups give its plain slope again. #}
sub_national as (
    select * from group_row where area_type <> 'england'
),

national_slope as (
    {{ slope_index(
        'sub_national', ['area_key'], 'category', 'denominator', 'scaled_value', 'groups_expected',
        lower='scaled_lower_95', upper='scaled_upper_95', scale='scale', multiplier='factor',
        position_population='england_denominator'
    ) | indent(4) }}
),

concentration as (
    {{ concentration_index('group_row', ['area_key'], 'category', 'denominator', 'value') | indent(4) }}
),

attributable as (
    {{ attributable_risk('group_row', ['area_key'], 'category', 'denominator', 'value', 'multiplier', 'direction > 0') | indent(4) }}
),

measured as (
    {% for relation, prefix, method in [
        ('slope', '', 'weighted least squares on the cumulative population'),
        ('national_slope', '_england_groups', 'weighted least squares on the cumulative population of England'),
    ] -%}
    select
        area_key,
        'slope_index{{ prefix }}' as measure,
        '{{ method }}' as method,
        value_status, sii as value, sii_lower_95 as lower_95, sii_upper_95 as upper_95
    from {{ relation }}
    union all
    select
        area_key,
        'relative_index{{ prefix }}' as measure,
        '{{ method }}' as method,
        case when value_status = 'shown' and rii is null then 'not_evaluable' else value_status end as value_status,
        rii as value, rii_lower_95 as lower_95, rii_upper_95 as upper_95
    from {{ relation }}
    union all
    {% endfor -%}
    {% for measure, name in [('aci', 'concentration_index_absolute'), ('rci', 'concentration_index_relative')] -%}
    select
        area_key,
        '{{ name }}' as measure,
        'Kakwani, Wagstaff and van Doorslaer' as method,
        case when value_status = 'shown' and {{ measure }} is null then 'not_evaluable' else value_status end as value_status,
        area.direction * {{ measure }} as value,
        least(area.direction * {{ measure }}_lower_95, area.direction * {{ measure }}_upper_95) as lower_95,
        greatest(area.direction * {{ measure }}_lower_95, area.direction * {{ measure }}_upper_95) as upper_95
    from concentration
    inner join area using (area_key)
    union all
    {% endfor -%}
    {% for measure, name in [
        ('par', 'population_attributable_risk'), ('paf', 'population_attributable_fraction'),
        ('attributable_number', 'population_attributable_number'),
    ] -%}
    select
        area_key,
        '{{ name }}' as measure,
        'against the least deprived group; Walter' as method,
        case when value_status = 'shown' and {{ measure }} is null then 'not_evaluable' else value_status end as value_status,
        {# Plus zero: what is nothing is not minus nothing. #}
        0e0 + area.direction * {{ measure }} as value,
        {% if measure == 'attributable_number' -%}
        cast(null as double) as lower_95,
        cast(null as double) as upper_95
        {%- else -%}
        least(area.direction * {{ measure }}_lower_95, area.direction * {{ measure }}_upper_95) as lower_95,
        greatest(area.direction * {{ measure }}_lower_95, area.direction * {{ measure }}_upper_95) as upper_95
        {%- endif %}
    from attributable
    inner join area using (area_key)
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        area.indicator_id,
        area.indicator_version,
        area.feed,
        area.denominator_type,
        area.period_type,
        area.period_start,
        area.period_end,
        area.area_type,
        area.area_code,
        area.area_name_published,
        area.organisation_edition,
        area.breakdown as dimension,
        area.imd_edition,
        measured.measure,
        measured.method,
        case
            when measured.measure like 'relative_index%' then 'ratio'
            when measured.measure = 'concentration_index_relative' then 'index'
            when measured.measure = 'population_attributable_fraction' then '%'
            when measured.measure = 'population_attributable_number' then 'count'
            else area.unit
        end as unit,
        case when area.group_status is null then measured.value end as value,
        case when area.group_status is null then measured.lower_95 end as lower_95,
        case when area.group_status is null then measured.upper_95 end as upper_95,
        cast(null as double) as bound_lower,
        cast(null as double) as bound_upper,
        cast(null as boolean) as is_robust,
        coalesce(area.group_status, measured.value_status) as value_status,
        area.caution
    from area
    inner join measured using (area_key)
)

select * from final

{#- Gaps between the most and least deprived quintile, and between Core20 and the rest, absolute and relative. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
with compared as (
    select
        *,
        case
            when breakdown = 'imd_quintile' and category = '1' then 'most'
            when breakdown = 'imd_quintile' and category = '5' then 'least'
            when breakdown = 'core20' and category = 'core20' then 'most'
            when breakdown = 'core20' and category = 'rest' then 'least'
        end as side
    from {{ ref('int_publication__value') }}
    where breakdown in ('imd_quintile', 'core20')
),

{# An area with nobody in one of the two groups keeps its row: there is nothing to compare with, and the row says so. #}
paired as (
    select
        indicator_id, indicator_version, feed, denominator_type, measure_type, polarity, unit,
        period_type, period_start, period_end,
        area_type, area_code, area_name_published, organisation_edition, breakdown, imd_edition,
        {% for side in ['most', 'least'] -%}
        {% for number in ['value', 'lower_95', 'upper_95', 'log_variance'] -%}
        max({{ number }}) filter (where side = '{{ side }}') as {{ side }}_{{ number }},
        {% endfor -%}
        coalesce(max(value_status) filter (where side = '{{ side }}'), 'not_evaluable') as {{ side }}_status,
        {% endfor -%}
        min(withheld_rule_id) as withheld_rule_id
    from compared
    where side is not null
    group by all
),

judged as (
    select
        *,
        case
            when 'withheld_quality' in (most_status, least_status) then 'withheld_quality'
            when 'suppressed' in (most_status, least_status) then 'suppressed'
            when most_status <> 'shown' then most_status
            else least_status
        end as gap_status
    from paired
),

absolute as (
    select
        *,
        'absolute_gap' as measure,
        {{ gap_absolute('most_value', 'least_value') }} as difference,
        {{ gap_absolute_limit(
            'most_value', 'most_lower_95', 'most_upper_95', 'least_value', 'least_lower_95', 'least_upper_95', 'lower'
        ) }} as difference_lower,
        {{ gap_absolute_limit(
            'most_value', 'most_lower_95', 'most_upper_95', 'least_value', 'least_lower_95', 'least_upper_95', 'upper'
        ) }} as difference_upper
    from judged
),

relative as (
    select
        *,
        'relative_gap' as measure,
        {{ gap_relative('most_value', 'least_value') }} as ratio,
        {{ gap_relative_limit('most_value', 'most_log_variance', 'least_value', 'least_log_variance', '95', 'lower') }}
            as ratio_lower,
        {{ gap_relative_limit('most_value', 'most_log_variance', 'least_value', 'least_log_variance', '95', 'upper') }}
            as ratio_upper
    from judged
),

signed as (
    select
        indicator_id, indicator_version, feed, denominator_type, period_type, period_start, period_end,
        area_type, area_code, area_name_published, organisation_edition,
        case breakdown when 'core20' then 'core20_and_rest' else 'imd_quintile_1_and_5' end as dimension,
        imd_edition, measure, withheld_rule_id,
        gap_status as value_status,
        unit,
        'most minus least deprived; ' || case measure_type
            when 'proportion' then 'Newcombe'
            else 'square-and-add limits'
        end as method,
        case polarity when 'higher_better' then -difference else difference end as value,
        case polarity when 'higher_better' then -difference_upper else difference_lower end as lower_95,
        case polarity when 'higher_better' then -difference_lower else difference_upper end as upper_95
    from absolute
    union all
    select
        indicator_id, indicator_version, feed, denominator_type, period_type, period_start, period_end,
        area_type, area_code, area_name_published, organisation_edition,
        case breakdown when 'core20' then 'core20_and_rest' else 'imd_quintile_1_and_5' end as dimension,
        imd_edition, measure, withheld_rule_id,
        case when gap_status = 'shown' and ratio is null then 'not_evaluable' else gap_status end as value_status,
        'ratio' as unit,
        'most over least deprived; log limits' as method,
        case polarity when 'higher_better' then 1e0 / ratio else ratio end as value,
        case polarity when 'higher_better' then 1e0 / ratio_upper else ratio_lower end as lower_95,
        case polarity when 'higher_better' then 1e0 / ratio_lower else ratio_upper end as upper_95
    from relative
)

select * from signed

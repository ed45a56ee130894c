{#- Values and gaps over time: control charts of monthly series, the recent trend of annual ones. England, regions and
    ICBs; everybody, both ends of deprivation, and the gaps between them.
    Provisional and final figures are never one series. Rolling periods (and snapshots that look back a year) overlap, so of them only those that end in the
    month of the newest are used: one a year. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
{%- set keys = [
    'indicator_id', 'period_type', 'area_type', 'area_code', 'organisation_edition', 'imd_edition', 'dimension', 'category',
    'measure', 'release_state'
] -%}
{%- set facts -%}
    indicator_id, indicator_version, feed, denominator_type, polarity, period_type, period_start, period_end,
    area_type, area_code, area_name_published, organisation_edition, imd_edition, unit,
    value, lower_95, upper_95, value_status, caution
{%- endset -%}
with wanted as (
    select {{ facts }}, breakdown as dimension, category, 'value' as measure
    from {{ ref('int_publication__value') }}
    where breakdown = 'total' or (breakdown in ('imd_quintile', 'practice_imd_quintile') and category in ('1', '5'))
        or (breakdown = 'core20' and category in ('core20', 'rest'))
    union all
    select {{ facts }}, dimension, 'gap' as category, measure
    from {{ ref('int_publication__gap') }}
    where measure = 'absolute_gap' and dimension in ('imd_quintile_1_and_5', 'core20_and_rest', 'practice_imd_quintile_1_and_5')
),

stated as (
    select
        wanted.*,
        coalesce(state.release_state, 'provisional') as release_state,
        case
            {# A gap that is worse is above zero, whatever the indicator. #}
            when wanted.polarity not in ('higher_better', 'lower_better') then 'neutral'
            when wanted.measure = 'absolute_gap' or wanted.polarity = 'lower_better' then 'decrease'
            else 'increase'
        end as improvement,
        {# What quarterly snapshots look back on overlaps, as rolling years do. #}
        wanted.period_type in ('month', 'month_end')
            and wanted.feed not in (select part.feed from {{ source('run', 'part') }} as part where part.period_grain = 'quarter')
            as is_monthly
    from wanted
    left join {{ ref('int_period__release_state') }} as state
        on wanted.feed = state.feed and wanted.period_type = state.period_type and wanted.period_end = state.period_end
    where wanted.area_type in ('england', 'region', 'icb')
),

placed as (
    select
        *,
        max(period_end) over (partition by {{ keys | join(', ') }}) as newest_period_end
    from stated
),

monthly as (
    select * from placed where is_monthly
),

annual as (
    select * from placed where not is_monthly and month(period_end) = month(newest_period_end)
),

control_chart as (
    {{ spc_points('monthly', keys, 'period_end', 'value', improvement='improvement') | indent(4) }}
),

recent_trend as (
    {{ trend_test(
        'annual', keys, 'year(period_end)', value='value', lower='lower_95', upper='upper_95'
    ) | indent(4) }}
),

final as (
    select
        point.*,
        'XmR control chart' as method,
        chart.mean,
        chart.lower_limit as lower_process_limit,
        chart.upper_limit as upper_process_limit,
        chart.special_cause_type,
        chart.point_type,
        chart.has_trial_limits,
        cast(null as varchar) as recent_trend,
        cast(null as varchar) as recent_trend_reason
    from monthly as point
    left join control_chart as chart
        on {{ same_keys('point', 'chart', keys) }} and point.period_end = chart.period
    union all
    select
        point.*,
        'recent trend over five years, 99.8 %' as method,
        null as mean,
        null as lower_process_limit,
        null as upper_process_limit,
        null as special_cause_type,
        null as point_type,
        null as has_trial_limits,
        trend.recent_trend,
        trend.recent_trend_reason
    from annual as point
    left join recent_trend as trend
        on {{ same_keys('point', 'trend', keys) }}
)

select * from final

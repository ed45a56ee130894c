{#- One row a published cell with value, limits and status, and what the gaps are made from. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
{%- set area_keys = ['indicator_id', 'period_type', 'period_end', 'area_type', 'area_code', 'organisation_edition'] -%}
with valued as (
    select
        cell.*,
        indicator.feed,
        indicator.version as indicator_version,
        indicator.measure_type,
        indicator.denominator_type,
        indicator.polarity,
        indicator.unit,
        indicator.method,
        coalesce(cell.hidden_status, {{ value_status('cell', 'indicator') }}) as value_status,
        {{ indicator_value('cell', 'indicator') }} as value,
        {% for level in ['95', '998'] -%}
        {% for side in ['lower', 'upper'] -%}
        {{ indicator_limit('cell', 'indicator', 'exact', level, side) }} as {{ side }}_{{ level }},
        {% endfor -%}
        {% endfor -%}
        {{ indicator_log_variance('cell', 'indicator') }} as log_variance,
        case indicator.denominator_type when 'population' then cell.numerator else cell.denominator end as base_count
    from {{ ref('int_publication__cell') }} as cell
    inner join {{ source('run', 'indicator') }} as indicator on cell.indicator_id = indicator.indicator_id
    left join {{ ref('poisson_exact') }} as exact on cell.numerator = exact.events
),

total as (
    select {{ area_keys | join(', ') }}, base_count
    from valued
    where breakdown = 'total'
),

{# The share of the total whose group is not known, from the counts that may be shown. #}
unknown as (
    select
        {{ area_keys | join(', ') }}, breakdown, imd_edition,
        sum(base_count) as base_count,
        count(*) as cells,
        count(base_count) as cells_shown
    from valued
    where category like '%unknown%'
    group by {{ area_keys | join(', ') }}, breakdown, imd_edition
),

{# Totals of areas against England's: one label an area and period. #}
funnel as (
    select
        valued.indicator_id, valued.period_type, valued.period_end, valued.area_type, valued.area_code,
        valued.organisation_edition, valued.breakdown,
        {{ funnel_of_indicator('valued', 'indicator', 'england', 'exact') }} as funnel
    from valued
    inner join {{ source('run', 'indicator') }} as indicator on valued.indicator_id = indicator.indicator_id
    inner join valued as england
        on {{ same_keys('valued', 'england', ['indicator_id', 'period_type', 'period_end', 'organisation_edition', 'breakdown']) }}
        and england.area_type = 'england' and england.value_status = 'shown'
    left join {{ ref('poisson_exact') }} as exact on valued.numerator = exact.events
    where valued.breakdown = 'total' and valued.area_type <> 'england' and valued.value_status = 'shown'
        and valued.measure_type in ('proportion', 'crude_rate', 'dsr')
        and {{ is_real_area('valued') }}
),

final as (
    select
        valued.indicator_id,
        valued.indicator_version,
        valued.feed,
        valued.measure_type,
        valued.denominator_type,
        valued.polarity,
        valued.period_type,
        valued.period_start,
        valued.period_end,
        valued.area_type,
        valued.area_code,
        valued.area_name_published,
        valued.organisation_edition,
        valued.breakdown,
        valued.imd_edition,
        valued.category,
        valued.numerator,
        valued.denominator,
        valued.standardised_events,
        case when valued.value_status = 'shown' then valued.value end as value,
        case when valued.value_status = 'shown' then valued.lower_95 end as lower_95,
        case when valued.value_status = 'shown' then valued.upper_95 end as upper_95,
        case when valued.value_status = 'shown' then valued.lower_998 end as lower_998,
        case when valued.value_status = 'shown' then valued.upper_998 end as upper_998,
        case when valued.value_status = 'shown' then valued.log_variance end as log_variance,
        valued.unit,
        valued.method,
        valued.value_status,
        valued.caution,
        case
            when valued.breakdown = 'total' or coalesce(total.base_count, 0) = 0 then null
            when unknown.cells is null then 0e0
            when unknown.cells_shown < unknown.cells then null
            else least(cast(unknown.base_count as double) / cast(total.base_count as double), 1e0)
        end as unknown_share,
        funnel.funnel
    from valued
    left join total on {{ same_keys('valued', 'total', area_keys) }}
    left join unknown on {{ same_keys('valued', 'unknown', area_keys + ['breakdown', 'imd_edition']) }}
    left join funnel on {{ same_keys('valued', 'funnel', area_keys + ['breakdown']) }}
)

select * from final

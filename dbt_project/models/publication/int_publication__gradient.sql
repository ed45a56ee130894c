{#- Absolute gradient of inequality (AGI): how the standardised rates of an area's LSOAs go with their national deprivation rank,
    so what the difference between the most and the least deprived LSOA of England would be were all of it as the area is.
    Rates of LSOAs are standardised indirectly by age with the rates of England, and weigh as their populations do. LSOAs are
    those of 2021; in IMD 2019 one has the rank of its LSOA 2011, as everywhere here.
    Source: NHS England, inequality in unplanned hospitalisation (My NHS scorecard, metric 463); Cookson and others (2018).
    An LSOA has few events and its counts are hidden: value and limits are multiples of a step that five events in any one of
    the area's LSOAs do not exceed, and an area whose total is not shown has no gradient. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
{%- set levels = {
    'england': 'england.area_code', 'region': 'lsoa.region_code', 'icb': 'lsoa.icb_code', 'sub_icb': 'lsoa.sub_icb_code',
    'la': 'lsoa.la_code',
} -%}
{%- set keys = ['series_key', 'area_type', 'area_code', 'imd_edition'] -%}
with series as (
    select
        series.series_key, series.indicator_id, series.period_type, series.period_end,
        indicator.first_age, indicator.last_age, indicator.multiplier,
        case indicator.polarity when 'higher_better' then -1 else 1 end as direction
    from {{ ref('int_indicator__series') }} as series
    inner join {{ source('run', 'indicator') }} as indicator
        on series.indicator_id = indicator.indicator_id and indicator.measure_type = 'dsr'
    where series.series_key in (select series_key from {{ ref('int_indicator__neighbourhood') }})
),

total as (
    select series.series_key, series.multiplier, series.direction, valued.*
    from {{ ref('int_publication__value') }} as valued
    inner join series on {{ same_keys('valued', 'series', ['indicator_id', 'period_type', 'period_end']) }}
    where valued.breakdown = 'total'
        and valued.area_type in ({% for level in levels %}'{{ level }}'{{ ', ' if not loop.last }}{% endfor %})
        and {{ is_real_area('valued') }}
),

people as (
    select
        age_range.first_age, age_range.last_age, population.lsoa_code, band.band_order,
        cast(sum(population.population) as bigint) as population
    from {{ source('reference', 'population') }} as population
    inner join ({{ band_of_age() }}) as band on {{ age_from('population.age_from') }} = band.age_from
    inner join (select distinct first_age, last_age from series) as age_range
        on population.age_from between age_range.first_age and age_range.last_age
    group by all
),

{# England by age band: its people and, in each series, its events. #}
reference as (
    select
        series.series_key, england.band_order, england.population,
        coalesce(counted.events, 0) as events,
        cast(sum(coalesce(counted.events, 0)) over (partition by series.series_key) as bigint) as all_events,
        cast(sum(england.population) over (partition by series.series_key) as bigint) as all_people
    from series
    inner join (
        select first_age, last_age, band_order, cast(sum(population) as bigint) as population from people group by all
    ) as england
        on series.first_age = england.first_age and series.last_age = england.last_age
    left join (
        select series_key, standard_band_order, cast(sum(numerator) as bigint) as events
        from {{ ref('fct_indicator_count') }}
        where breakdown = 'total' and area_type = 'england' and standard_band_order > 0
        group by series_key, standard_band_order
    ) as counted
        on series.series_key = counted.series_key and england.band_order = counted.standard_band_order
),

expected as (
    select
        series.series_key, people.lsoa_code,
        any_value(series.multiplier) as multiplier,
        any_value(reference.all_events) as all_events,
        any_value(reference.all_people) as all_people,
        cast(sum(people.population) as bigint) as population,
        {{ ordered_band_sum(
            isr_expected_term('people.population', 'reference.events', 'reference.population'), 'people.band_order'
        ) }} as expected_events
    from series
    inner join people on series.first_age = people.first_age and series.last_age = people.last_age
    inner join reference on series.series_key = reference.series_key and people.band_order = reference.band_order
    group by series.series_key, people.lsoa_code
),

rated as (
    select
        expected.series_key, expected.lsoa_code, expected.population,
        {% for events, name in [('coalesce(counted.events, 0)', 'rate'), ('1', 'rate_of_one_event')] -%}
        expected.multiplier * {{ isr_rate(
            isr_ratio(events, 'expected.expected_events'), 'expected.all_events', 'expected.all_people'
        ) }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from expected
    left join {{ ref('int_indicator__neighbourhood') }} as counted
        on expected.series_key = counted.series_key and expected.lsoa_code = counted.neighbourhood_code
),

{# From 0, the least, to 1, the most deprived of England. #}
ranked as (
    select
        imd_edition, lsoa_code,
        1e0 - (cast(imd_rank as double) - 0.5e0) / cast(count(*) over (partition by imd_edition) as double) as position
    from {{ ref('int_lsoa__decile') }}
),

located as (
    {% for level, code in levels.items() -%}
    select
        rated.*, '{{ level }}' as area_type, {{ code }} as area_code,
        cast(ranked.imd_edition as varchar) as imd_edition, ranked.position
    from {{ ref('int_lsoa__residence') }} as lsoa
    inner join rated on lsoa.lsoa21_code = rated.lsoa_code
    inner join ranked
        on ranked.lsoa_code = case ranked.imd_edition when 2019 then lsoa.lsoa11_code else lsoa.lsoa21_code end
        and ranked.imd_edition in (select imd_edition from {{ source('run', 'imd_edition') }})
    {% if level == 'england' -%}
    inner join (select distinct area_code from total where area_type = 'england') as england on true
    {% endif -%}
    where lsoa.lsoa_code = lsoa.lsoa21_code
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

gradient as (
    {{ absolute_gradient(
        'located', keys, 'lsoa_code', 'position', 'population', 'rate', event='5e0 * rate_of_one_event'
    ) | indent(4) }}
),

stepped as (
    select
        *,
        {{ rounding_step('agi_of_event') }} as step
    from gradient
),

final as (
    select
        total.indicator_id, total.indicator_version, total.feed, total.denominator_type,
        total.period_type, total.period_start, total.period_end,
        total.area_type, total.area_code, total.area_name_published, total.organisation_edition,
        'lsoa_imd_rank' as dimension,
        cast(edition.imd_edition as varchar) as imd_edition,
        'absolute_gradient' as measure,
        'rates of LSOAs, indirectly standardised by age, on their national rank; weighted least squares, Student limits; rounded'
            as method,
        total.unit,
        total.direction * {{ to_step('stepped.agi', 'stepped.step', 'round') }} as value,
        case when total.direction > 0 then {{ to_step('stepped.agi_lower_95', 'stepped.step', 'floor') }}
            else -{{ to_step('stepped.agi_upper_95', 'stepped.step', 'ceil') }} end as lower_95,
        case when total.direction > 0 then {{ to_step('stepped.agi_upper_95', 'stepped.step', 'ceil') }}
            else -{{ to_step('stepped.agi_lower_95', 'stepped.step', 'floor') }} end as upper_95,
        cast(null as double) as bound_lower,
        cast(null as double) as bound_upper,
        cast(null as boolean) as is_robust,
        case
            when total.value_status <> 'shown' then total.value_status
            when stepped.step is null then coalesce(nullif(stepped.value_status, 'shown'), 'not_evaluable')
            else stepped.value_status
        end as value_status,
        total.caution
    from total
    inner join {{ source('run', 'imd_edition') }} as edition on true
    left join stepped
        on total.series_key = stepped.series_key
        and total.area_type = stepped.area_type
        and total.area_code = stepped.area_code
        and cast(edition.imd_edition as varchar) = stepped.imd_edition
)

select * from final

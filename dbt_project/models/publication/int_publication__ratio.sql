{#- Indirectly standardised ratios: events of an area over those it would have with the rates of England by age band. For the
    indicators that are standardised, and their totals alone. It is there for areas with too few events for a directly
    standardised rate. Events are disclosed ones: a ratio times what is expected says no more than the published count. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
{%- set keys = ['indicator_id', 'period_type', 'period_end', 'area_type', 'area_code'] -%}
with series as (
    select
        series.series_key, series.indicator_id, series.period_type, series.period_end,
        indicator.first_age, indicator.last_age
    from {{ ref('int_indicator__series') }} as series
    inner join {{ source('run', 'indicator') }} as indicator
        on series.indicator_id = indicator.indicator_id and indicator.measure_type = 'dsr'
),

people as (
    select first_age, last_age, area_type, area_code, standard_band_order, population
    from {{ ref('fct_population_count') }}
    where breakdown = 'total' and standard_band_order > 0
),

reference as (
    select series_key, standard_band_order, cast(sum(numerator) as bigint) as events
    from {{ ref('fct_indicator_count') }}
    where breakdown = 'total' and area_type = 'england' and standard_band_order > 0
    group by series_key, standard_band_order
),

expected as (
    select
        series.indicator_id, series.period_type, series.period_end, people.area_type, people.area_code,
        {{ ordered_band_sum(
            isr_expected_term('people.population', 'coalesce(reference.events, 0)', 'england.population'),
            'people.standard_band_order'
        ) }} as expected_events
    from series
    inner join people on series.first_age = people.first_age and series.last_age = people.last_age
    inner join people as england
        on people.first_age = england.first_age and people.last_age = england.last_age
        and people.standard_band_order = england.standard_band_order and england.area_type = 'england'
    left join reference
        on series.series_key = reference.series_key and people.standard_band_order = reference.standard_band_order
    where people.area_type <> 'england'
    group by series.indicator_id, series.period_type, series.period_end, people.area_type, people.area_code
),

observed as (
    select
        valued.*,
        {{ disclosed_count('valued.standardised_events', 'profile') }} as observed_events
    from {{ ref('int_publication__value') }} as valued
    inner join {{ source('run', 'indicator') }} as indicator on valued.indicator_id = indicator.indicator_id
    inner join {{ ref('disclosure_profile') }} as profile on indicator.disclosure_profile = profile.disclosure_profile
    where valued.measure_type = 'dsr' and valued.breakdown = 'total' and valued.area_type <> 'england'
        and {{ is_real_area('valued') }}
),

final as (
    select
        observed.indicator_id, observed.indicator_version, observed.feed, observed.denominator_type,
        observed.period_type, observed.period_start, observed.period_end,
        observed.area_type, observed.area_code, observed.area_name_published, observed.organisation_edition,
        'area_and_england' as dimension,
        'not_used' as imd_edition,
        'standardised_ratio' as measure,
        'observed over expected from the rates of England by age band; exact Poisson or Byar limits' as method,
        'ratio' as unit,
        {{ isr_ratio('observed.observed_events', 'expected.expected_events') }} as value,
        {{ isr_ratio_limit('observed.observed_events', 'expected.expected_events', '95', 'lower', 'exact.lower_95') }} as lower_95,
        {{ isr_ratio_limit('observed.observed_events', 'expected.expected_events', '95', 'upper', 'exact.upper_95') }} as upper_95,
        cast(null as double) as bound_lower,
        cast(null as double) as bound_upper,
        cast(null as boolean) as is_robust,
        case
            when observed.value_status not in ('shown', 'too_few_events') then observed.value_status
            when observed.observed_events is null then 'suppressed'
            when {{ isr_is_evaluable('observed.observed_events', 'coalesce(expected.expected_events, 0e0)') }} then 'shown'
            else 'not_evaluable'
        end as value_status,
        observed.caution
    from observed
    left join expected on {{ same_keys('observed', 'expected', keys) }}
    left join {{ ref('poisson_exact') }} as exact on observed.observed_events = exact.events
)

select * from final

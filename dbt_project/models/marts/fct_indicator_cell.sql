{#- One row a published cell, with true counts and, for standardised rates, the sums over age bands. -#}
with indicator as (
    select * from {{ source('run', 'indicator') }}
),

{# Without a rate there are no bands, so a count is a cell. #}
counted_on_records as (
    select
        counts.indicator_id, counts.series_key,
        counts.area_type, counts.area_code, counts.breakdown, counts.imd_edition, counts.category,
        counts.numerator, counts.denominator
    from {{ ref('fct_indicator_count') }} as counts
    inner join indicator on counts.indicator_id = indicator.indicator_id and indicator.denominator_type = 'records'
),

{# Estimates that are not split by a group have no population for it. #}
people_by_band as (
    select
        people.first_age, people.last_age,
        people.area_type, people.area_code, people.breakdown, people.imd_edition, people.category,
        people.standard_band_order, people.population,
        band.weight
    from {{ ref('fct_population_count') }} as people
    left join {{ ref('standard_population') }} as band on people.standard_band_order = band.band_order
    where people.category not like '%not_split%'
),

people as (
    select
        first_age, last_age, area_type, area_code, breakdown, imd_edition, category,
        cast(sum(population) as bigint) as population,
        count(case when standard_band_order > 0 and population > 0 then 1 end) as bands_with_population,
        max(weight) as largest_band_weight
    from people_by_band
    group by all
),

rate_series as (
    select
        period.series_key,
        indicator.indicator_id,
        indicator.first_age,
        indicator.last_age,
        indicator.measure_type = 'dsr' as is_standardised,
        {# Events of one decade over people of another would look like a rate: such a population is none. #}
        abs(year(period.period_end) - setting.population_year) <= {{ most_years_between_events_and_population() }}
            as has_population
    from {{ ref('int_indicator__series') }} as period
    inner join indicator on period.indicator_id = indicator.indicator_id and indicator.denominator_type = 'population'
    cross join {{ source('run', 'setting') }} as setting
),

{# Every cell that has people in it is there in every period, with no event if there was none. #}
population_cell as (
    select
        series.indicator_id, series.series_key,
        people.area_type, people.area_code, people.breakdown, people.imd_edition, people.category,
        case when series.has_population then people.population else 0 end as population,
        case when series.has_population and series.is_standardised then people.bands_with_population else 0 end
            as bands_with_population,
        case when series.is_standardised then people.largest_band_weight end as largest_band_weight
    from rate_series as series
    inner join people on series.first_age = people.first_age and series.last_age = people.last_age
    inner join {{ source('run', 'indicator_breakdown') }} as wanted
        on series.indicator_id = wanted.indicator_id and people.breakdown = wanted.breakdown
),

{# A band without events adds nothing to a rate, so the sums are over the bands of events. Crude rates do not look at bands:
   all their events are in band 0, as are events of unknown age. #}
event_cell as (
    select
        event.indicator_id, event.series_key,
        event.area_type, event.area_code, event.breakdown, event.imd_edition, event.category,
        cast(sum(event.numerator) as bigint) as events,
        cast(sum(case when event.standard_band_order > 0 then event.numerator else 0 end) as bigint) as standardised_events,
        max(band.weight) as largest_band_weight,
        {{ ordered_band_sum(dsr_rate_term('event.numerator', 'people.population', 'people.weight'), 'event.standard_band_order') }}
            as weighted_rate_sum,
        {# Events of one person are not independent: their squares are summed, and the denominator says how many more those are. #}
        {{ ordered_band_sum(dsr_variance_term('(event.numerator + event.denominator)', 'people.population', 'people.weight'), 'event.standard_band_order') }}
            as weighted_variance_sum
    from {{ ref('fct_indicator_count') }} as event
    inner join rate_series as series on event.series_key = series.series_key
    left join {{ ref('standard_population') }} as band on event.standard_band_order = band.band_order
    left join people_by_band as people
        on series.has_population
        and series.first_age = people.first_age
        and series.last_age = people.last_age
        and event.area_type = people.area_type
        and event.area_code = people.area_code
        and event.breakdown = people.breakdown
        and event.imd_edition = people.imd_edition
        and event.category = people.category
        and event.standard_band_order = people.standard_band_order
    group by all
),

counted_on_population as (
    select
        coalesce(event.indicator_id, people.indicator_id) as indicator_id,
        coalesce(event.series_key, people.series_key) as series_key,
        coalesce(event.area_type, people.area_type) as area_type,
        coalesce(event.area_code, people.area_code) as area_code,
        coalesce(event.breakdown, people.breakdown) as breakdown,
        coalesce(event.imd_edition, people.imd_edition) as imd_edition,
        coalesce(event.category, people.category) as category,
        coalesce(event.events, 0) as numerator,
        {# How many residents are in a PLUS group is not known, which is not nobody. #}
        case when coalesce(event.breakdown, people.breakdown) not like 'plus%' then coalesce(people.population, 0) end
            as denominator,
        coalesce(event.standardised_events, 0) as standardised_events,
        coalesce(people.bands_with_population, 0) as bands_with_population,
        coalesce(event.weighted_rate_sum, 0e0) as weighted_rate_sum,
        coalesce(event.weighted_variance_sum, 0e0) as weighted_variance_sum,
        greatest(people.largest_band_weight, event.largest_band_weight) as largest_band_weight
    from population_cell as people
    full outer join event_cell as event
        on people.series_key = event.series_key
        and people.area_type = event.area_type
        and people.area_code = event.area_code
        and people.breakdown = event.breakdown
        and people.imd_edition = event.imd_edition
        and people.category = event.category
),

{# The bands of the standard population inside the ages an indicator covers. #}
standard as (
    select
        indicator.indicator_id,
        count(*) as bands_expected,
        sum(band.weight) as weight_sum
    from indicator
    inner join {{ ref('standard_population') }} as band
        on band.age_from >= indicator.first_age and band.age_from <= indicator.last_age
    group by indicator.indicator_id
),

{# Who was expected and sent nothing has a row that says so. #}
silent_submitter as (
    select
        series.indicator_id,
        series.series_key,
        feed.submitter_area_type as area_type,
        submitter.submitter_code
    from {{ ref('int_indicator__series') }} as series
    inner join indicator on series.indicator_id = indicator.indicator_id and indicator.denominator_type = 'records'
    inner join {{ source('run', 'feed') }} as feed on series.feed = feed.feed
    inner join {{ ref('int_submitter__expected') }} as submitter
        on series.feed = submitter.feed
        and series.period_end >= submitter.valid_from
        and (series.period_end <= submitter.valid_to or submitter.valid_to is null)
    left join counted_on_records as sent
        on series.series_key = sent.series_key
        and feed.submitter_area_type = sent.area_type
        and sent.breakdown = 'total'
        and submitter.submitter_code = sent.area_code
    where sent.series_key is null
),

counted as (
    select
        indicator_id, series_key, area_type, area_code, breakdown, imd_edition, category, numerator, denominator,
        cast(null as bigint) as standardised_events,
        cast(null as bigint) as bands_with_population,
        cast(null as double) as weighted_rate_sum,
        cast(null as double) as weighted_variance_sum,
        cast(null as integer) as largest_band_weight
    from counted_on_records
    union all
    select
        indicator_id, series_key, area_type, area_code, breakdown, imd_edition, category, numerator, denominator,
        standardised_events, bands_with_population, weighted_rate_sum, weighted_variance_sum, largest_band_weight
    from counted_on_population
    union all
    select
        indicator_id, series_key, area_type, submitter_code as area_code,
        'total' as breakdown, 'not_used' as imd_edition, 'total' as category,
        null as numerator, null as denominator, null as standardised_events, null as bands_with_population,
        null as weighted_rate_sum, null as weighted_variance_sum, null as largest_band_weight
    from silent_submitter
),

together as (
    select
        counted.indicator_id, series.period_type, series.period_start, series.period_end,
        counted.area_type, counted.area_code, counted.breakdown, counted.imd_edition, counted.category,
        counted.numerator, counted.denominator, counted.standardised_events, counted.bands_with_population,
        counted.weighted_rate_sum, counted.weighted_variance_sum, counted.largest_band_weight,
        cast(null as varchar) as area_name_published,
        cast(null as varchar) as organisation_edition_published,
        {# A percentile comes as it is, like what a publisher has worked out: it is not made from the two counts. #}
        percentile.value as published_value,
        percentile.lower_95 as published_lower_95,
        percentile.upper_95 as published_upper_95
    from counted
    inner join {{ ref('int_indicator__series') }} as series on counted.series_key = series.series_key
    left join {{ ref('int_indicator__percentile') }} as percentile
        on counted.series_key = percentile.series_key
        and counted.area_type = percentile.area_type
        and counted.area_code is not distinct from percentile.area_code
        and counted.breakdown = percentile.breakdown
        and counted.imd_edition = percentile.imd_edition
        and counted.category = percentile.category
    union all
    select
        indicator_id, period_type, period_start, period_end, area_type, area_code, breakdown, imd_edition, category,
        numerator, denominator,
        null as standardised_events,
        null as bands_with_population,
        null as weighted_rate_sum,
        null as weighted_variance_sum,
        null as largest_band_weight,
        area_name as area_name_published,
        organisation_edition as organisation_edition_published,
        published_value,
        published_lower_95,
        published_upper_95
    from {{ ref('int_indicator__published') }}
),

final as (
    select
        together.indicator_id,
        together.period_type,
        together.period_start,
        together.period_end,
        together.area_type,
        case
            when together.area_type = 'england' then setting.country_code
            else coalesce(together.area_code, 'unknown')
        end as area_code,
        together.area_name_published,
        coalesce(together.organisation_edition_published, cast(setting.organisation_edition as varchar)) as organisation_edition,
        together.breakdown,
        together.imd_edition,
        together.category,
        together.numerator,
        together.denominator,
        together.standardised_events,
        {# A group that is one age band is the rate of that band: no other band is expected of it. #}
        case when together.breakdown = 'age_band' then 1 else standard.bands_expected end as bands_expected,
        together.bands_with_population,
        together.weighted_rate_sum / cast(
            case when together.breakdown = 'age_band' then together.largest_band_weight else standard.weight_sum end as double
        ) as standardised_rate,
        together.weighted_variance_sum / power(cast(
            case when together.breakdown = 'age_band' then together.largest_band_weight else standard.weight_sum end as double
        ), 2) as standardised_rate_variance,
        together.published_value,
        together.published_lower_95,
        together.published_upper_95
    from together
    inner join indicator on together.indicator_id = indicator.indicator_id
    left join standard on together.indicator_id = standard.indicator_id and indicator.measure_type = 'dsr'
    cross join {{ source('run', 'setting') }} as setting
)

select * from final

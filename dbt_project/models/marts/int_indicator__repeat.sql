{#- What events of one person add to the variance of a standardised rate. With f events of each person the variance is made from
    the sum of f squared, which is the sum over events of f: so many more than the events are the sum over events of f - 1.
    A person is counted in a period and age band, wherever and in whatever group each event is recorded: one who moves, or is
    recorded with two ethnic groups, widens the limits of both. -#}
{%- set measures = ['cast(sum(repeats) as bigint) as repeats'] -%}
with event as (
    select
        series.series_key,
        {{ group_columns('counted') }},
        coalesce(band.band_order, 0) as standard_band_order,
        counted.repeat_person,
        counted.numerator
    from {{ ref('int_indicator__counted') }} as counted
    {{ group_column_joins('counted') }}
    {{ series_of_parts('counted') }}
    where counted.repeat_person is not null
),

repeated as (
    select
        *,
        numerator * (sum(numerator) over (partition by series_key, repeat_person, standard_band_order) - 1) as repeats
    from event
),

final as (
    {{ person_groups('repeated', ['series_key', 'standard_band_order'], measures, places_of_records()) | indent(4) }}
)

select * from final
where repeats > 0

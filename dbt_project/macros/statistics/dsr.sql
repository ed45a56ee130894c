{# Directly standardised rates with Dobson limits, per person.
   Source: Dobson et al. (1991); OHID technical guide; European Standard Population 2013.
   The sums over age bands are made by `ordered_band_sum`, one band after the other: a parallel sum of doubles is not the
   same to the last bit on every run. #}

{# Sum over the 19 bands in fixed order. `term` is an SQL expression over one row a band; `band_order` is 1..19. #}
{% macro ordered_band_sum(term, band_order) -%}
    (
        {%- for band in range(1, 20) %}
        {% if not loop.first %}+ {% endif -%}
        coalesce(max(case when {{ band_order }} = {{ band }} then {{ term }} end), 0e0)
        {%- endfor %}
    )
{%- endmacro %}

{# One band's terms: w*O/n and w^2*O/n^2. NULL where the band has no population, so that the cell can be refused. #}
{% macro dsr_rate_term(events, population, weight) -%}
    case when {{ population }} > 0 then
        cast({{ weight }} as double) * cast({{ events }} as double) / cast({{ population }} as double)
    end
{%- endmacro %}

{% macro dsr_variance_term(events, population, weight) -%}
    case when {{ population }} > 0 then
        cast({{ weight }} as double) * cast({{ weight }} as double) * cast({{ events }} as double)
        / (cast({{ population }} as double) * cast({{ population }} as double))
    end
{%- endmacro %}

{# No directly standardised rate under ten events: it is not stable and its limits are not either (OHID). #}
{% macro dsr_minimum_events() -%} 10 {%- endmacro %}

{% macro dsr_is_evaluable(events, bands_with_population, bands_expected) -%}
    ({{ bands_with_population }} = {{ bands_expected }} and {{ events }} >= {{ dsr_minimum_events() }})
{%- endmacro %}

{# Dobson: DSR + sqrt(var/O) * (Byar(O) - O). `value`, `variance` and `events` are of the whole cell. #}
{% macro dobson_limit(value, variance, events, level, side) -%}
    ({{ value }} + sqrt({{ variance }} / cast({{ events }} as double))
        * ({{ byar_limit(events, level, side) }} - cast({{ events }} as double)))
{%- endmacro %}

{# Repeat events: one person can have several, so events are not independent and the variance is
   sum over f of f^2 * var_f, where var_f is that of the persons with exactly f events (OHID technical guide; OHID
   PHEindicatormethods calculate_dsr with independent_events = FALSE). Persons and frequencies are integers, so each band
   sums them exactly: give `repeat_events` to dsr_rate_term and `repeat_events_squared` to dsr_variance_term in place of
   the events. Both are aggregates over the frequencies of one band. #}
{% macro repeat_events(persons, frequency) -%}
    cast(sum(cast({{ frequency }} as bigint) * cast({{ persons }} as bigint)) as bigint)
{%- endmacro %}

{% macro repeat_events_squared(persons, frequency) -%}
    cast(sum(cast({{ frequency }} as bigint) * cast({{ frequency }} as bigint) * cast({{ persons }} as bigint)) as bigint)
{%- endmacro %}

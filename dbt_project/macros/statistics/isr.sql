{# Indirectly standardised ratios and rates, per person.
   Formula: ratio = O / E with E = sum over age bands of population * reference events / reference population; the rate is
   the ratio times the crude rate of the reference. Limits: exact Poisson below ten observed events, Byar from ten.
   Source: OHID PHEindicatormethods calculate_ISRatio and calculate_ISRate; Breslow and Day (1987).
   Arguments are SQL expressions: observed and reference events are counts of events, populations are persons, `exact` is
   the column of the seed poisson_exact joined on the observed events. Multiply the result for "per 100,000". #}

{# Expected events of one band: sum it with ordered_band_sum. NULL where the reference has no population. #}
{% macro isr_expected_term(population, reference_events, reference_population) -%}
    case when {{ reference_population }} > 0 then
        cast({{ population }} as double) * cast({{ reference_events }} as double) / cast({{ reference_population }} as double)
    end
{%- endmacro %}

{% macro isr_is_evaluable(observed, expected) -%} ({{ expected }} > 0 and {{ observed }} >= 0) {%- endmacro %}

{% macro isr_ratio(observed, expected) -%}
    case when {{ isr_is_evaluable(observed, expected) }} then cast({{ observed }} as double) / {{ expected }} end
{%- endmacro %}

{% macro isr_ratio_limit(observed, expected, level, side, exact) -%}
    case when {{ isr_is_evaluable(observed, expected) }}
        then ({{ poisson_limit(observed, level, side, exact) }}) / {{ expected }}
    end
{%- endmacro %}

{# The rate and its limits: a ratio, or a limit of it, times the crude rate of the reference. #}
{% macro isr_rate(ratio, reference_events, reference_population) -%}
    case when {{ reference_population }} > 0 then
        ({{ ratio }}) * cast({{ reference_events }} as double) / cast({{ reference_population }} as double)
    end
{%- endmacro %}

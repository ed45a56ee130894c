{# Crude rates with Byar's limits, exact Poisson limits below ten events; limits of the count itself.
   Source: Breslow and Day (1987); OHID technical guide. `exact` is the column joined from the seed poisson_exact on the
   number of events (0 to 9); it is made with scipy from chi-square quantiles. #}

{% macro rate_is_evaluable(events, population) -%}
    ({{ population }} > 0 and {{ events }} >= 0)
{%- endmacro %}

{% macro rate_value(events, population) -%}
    case when {{ rate_is_evaluable(events, population) }}
        then cast({{ events }} as double) / cast({{ population }} as double)
    end
{%- endmacro %}

{% macro byar_limit(events, level, side) -%}
    {%- set o = "cast(" ~ events ~ " as double)" -%}
    {%- set z = z_score(level) -%}
    {%- if side == "lower" -%}
    ({{ o }} * power(1e0 - 1e0 / (9e0 * {{ o }}) - {{ z }} / (3e0 * sqrt({{ o }})), 3))
    {%- else -%}
    (({{ o }} + 1e0) * power(1e0 - 1e0 / (9e0 * ({{ o }} + 1e0)) + {{ z }} / (3e0 * sqrt({{ o }} + 1e0)), 3))
    {%- endif -%}
{%- endmacro %}

{% macro poisson_limit(events, level, side, exact) -%}
    case
        when {{ events }} < {{ exact_below_events() }} then {{ exact }}
        else {{ byar_limit(events, level, side) }}
    end
{%- endmacro %}

{# Byar's approximation is used from ten events on (OHID). #}
{% macro exact_below_events() -%} 10 {%- endmacro %}

{% macro rate_limit(events, population, level, side, exact) -%}
    case when {{ rate_is_evaluable(events, population) }}
        then ({{ poisson_limit(events, level, side, exact) }}) / cast({{ population }} as double)
    end
{%- endmacro %}

{# Limits where events are weighted and so not integers: no seed has them; the switch to Byar stays at ten. Per person. #}
{% macro rate_limit_weighted(events, population, level, side) -%}
    case
        when not {{ rate_is_evaluable(events, population) }} then null
        when {{ events }} < {{ exact_below_events() }}
            then {{ poisson_limit_exact(events, level, side) }} / cast({{ population }} as double)
        else {{ byar_limit(events, level, side) }} / cast({{ population }} as double)
    end
{%- endmacro %}

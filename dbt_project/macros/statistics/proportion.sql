{# Proportions and Wilson score limits, as fractions of one.
   Source: Wilson (1927); OHID technical guide on confidence intervals. Sum numerators and denominators first.
   Arguments are SQL expressions; a denominator of zero or a numerator outside 0..denominator gives NULL. #}

{% macro proportion_is_evaluable(numerator, denominator) -%}
    ({{ denominator }} > 0 and {{ numerator }} >= 0 and {{ numerator }} <= {{ denominator }})
{%- endmacro %}

{% macro proportion_value(numerator, denominator) -%}
    case when {{ proportion_is_evaluable(numerator, denominator) }}
        then cast({{ numerator }} as double) / cast({{ denominator }} as double)
    end
{%- endmacro %}

{% macro wilson_limit(numerator, denominator, level, side) -%}
    {%- set x = "cast(" ~ numerator ~ " as double)" -%}
    {%- set n = "cast(" ~ denominator ~ " as double)" -%}
    {%- set z = z_score(level) -%}
    {%- set sign = "-" if side == "lower" else "+" -%}
    case
        when {{ proportion_is_evaluable(numerator, denominator) }}
            {# The closed ends are exact: rounding would leave a limit a hair outside 0..1. #}
            {% if side == "lower" -%} and {{ numerator }} = 0 then 0e0
            {%- else -%} and {{ numerator }} = {{ denominator }} then 1e0 {%- endif %}
        when {{ proportion_is_evaluable(numerator, denominator) }} then
            (
                2e0 * {{ x }} + {{ z }} * {{ z }}
                {{ sign }} {{ z }} * sqrt({{ z }} * {{ z }} + 4e0 * {{ x }} * (1e0 - {{ x }} / {{ n }}))
            ) / (2e0 * ({{ n }} + {{ z }} * {{ z }}))
    end
{%- endmacro %}

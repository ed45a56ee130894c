{# Absolute and relative gaps between two groups, `most` deprived minus or over `least` deprived.
   Sources: Newcombe (1998) method 10 for differences, the same form on Byar and Dobson limits (MOVER, Zou and Donner
   2008); Katz et al. (1978) for the log limits of a ratio. Arguments are SQL expressions. #}

{% macro gap_absolute(most, least) -%} ({{ most }} - {{ least }}) {%- endmacro %}

{% macro gap_absolute_limit(most, most_lower, most_upper, least, least_lower, least_upper, side) -%}
    {%- if side == "lower" -%}
    ({{ most }} - {{ least }} - sqrt(
        ({{ most }} - {{ most_lower }}) * ({{ most }} - {{ most_lower }})
        + ({{ least_upper }} - {{ least }}) * ({{ least_upper }} - {{ least }})
    ))
    {%- else -%}
    ({{ most }} - {{ least }} + sqrt(
        ({{ most_upper }} - {{ most }}) * ({{ most_upper }} - {{ most }})
        + ({{ least }} - {{ least_lower }}) * ({{ least }} - {{ least_lower }})
    ))
    {%- endif -%}
{%- endmacro %}

{% macro gap_relative(most, least) -%}
    case when {{ most }} > 0 and {{ least }} > 0 then {{ most }} / {{ least }} end
{%- endmacro %}

{% macro gap_relative_limit(most, most_log_variance, least, least_log_variance, level, side) -%}
    {%- set sign = "-" if side == "lower" else "+" -%}
    case when {{ most }} > 0 and {{ least }} > 0 then
        exp(ln({{ most }} / {{ least }}) {{ sign }} {{ z_score(level) }} * sqrt({{ most_log_variance }} + {{ least_log_variance }}))
    end
{%- endmacro %}

{# Variance of the log of a proportion, a crude rate and a directly standardised rate (delta method). #}
{% macro log_variance_proportion(numerator, denominator) -%}
    (1e0 / cast({{ numerator }} as double) - 1e0 / cast({{ denominator }} as double))
{%- endmacro %}

{% macro log_variance_rate(events) -%} (1e0 / cast({{ events }} as double)) {%- endmacro %}

{% macro log_variance_dsr(value, variance) -%} ({{ variance }} / ({{ value }} * {{ value }})) {%- endmacro %}

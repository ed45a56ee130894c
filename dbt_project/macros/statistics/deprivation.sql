{# National deprivation groups: decile = ceil(rank * 10 / N), quintile = ceil(decile / 2), 1 = most deprived.
   Source: the rule reproduces every published decile of IMD 2019 and IMD 2025; NTILE and equal-width rules do not.
   Integer arithmetic: ceil(a / b) = (a + b - 1) / b without a remainder. #}

{% macro imd_decile(rank, areas) -%}
    cast(ceil(cast({{ rank }} as double) * 10e0 / cast({{ areas }} as double)) as smallint)
{%- endmacro %}

{% macro imd_quintile(decile) -%} cast(ceil(cast({{ decile }} as double) / 2e0) as smallint) {%- endmacro %}

{% macro is_core20(decile) -%} ({{ decile }} <= 2) {%- endmacro %}

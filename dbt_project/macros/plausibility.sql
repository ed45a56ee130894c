{# Plausibility: how far a count may be from what was expected before it is more than chance (four times the square root, which
   a count passes by chance once in some ten thousand), and the fewest records that say anything. #}
{% macro is_beyond_chance(count, expected) -%} abs({{ count }} - {{ expected }}) > 4e0 * sqrt({{ expected }}) {%- endmacro %}
{% macro least_records_to_compare() -%} 50 {%- endmacro %}

{# Plausibility: how far a count may be from what was expected before it is more than chance (four times the square root, which
   a count passes by chance once in some ten thousand), and the fewest records that say anything. #}
{% macro is_beyond_chance(count, expected) -%} abs({{ count }} - {{ expected }}) > 4e0 * sqrt({{ expected }}) {%- endmacro %}
{% macro least_records_to_compare() -%} 50 {%- endmacro %}

{# What a submitter of quality_submitter_history usually sends in that season. #}
{% macro records_in_season() -%} usual_records * feed_against_usual {%- endmacro %}

{# Whether what it sent cannot be so much, or so little: a load joined with copies of itself, a sample in place of the whole. #}
{% macro is_out_of_scale(history) -%}
    coalesce({{ history }}.periods_before >= 3 and {{ history }}.usual_records >= {{ least_records_to_compare() }} and (
        {{ history }}.records >= 5 * coalesce({{ records_in_season() }}, {{ history }}.usual_records)
        or 5 * {{ history }}.records <= coalesce({{ records_in_season() }}, {{ history }}.usual_records)
    ), false)
{%- endmacro %}

{# Estimates are published up to two years late and rolled forward for a few more; beyond that there is no denominator.
   Proposed (evidence: I): no source sets a limit, and every row says the vintage it used. #}
{% macro most_years_between_events_and_population() -%} 5 {%- endmacro %}

{# Gestation in days: 29+0 weeks are 203 days, 36+6 are 258. #}
{% macro days_of_gestation(weeks, days) -%} {{ 7 * weeks + days }} {%- endmacro %}

{# Days of gestation on a day, from the booking appointment and the gestation on that day. #}
{% macro gestation_on(day) -%}
    gestation_at_booking_days + datediff('day', booking_date, {{ day }})
{%- endmacro %}

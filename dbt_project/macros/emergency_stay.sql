{# Lengths of stay in an emergency department. #}

{# Over 12 hours is 720 minutes and more from arrival (catalogue UEC02). #}
{% macro minutes_in_12_hours() -%} 720 {%- endmacro %}
{# Over 4 hours is more than 240 minutes: the standard is met at 240 (catalogue UEC02, variant). #}
{% macro minutes_in_4_hours() -%} 240 {%- endmacro %}
{% macro seconds_in_a_minute() -%} 60e0 {%- endmacro %}

{# A day and a clock time sent in two columns, as the clock on the wall in England showed it. #}
{% macro local_timestamp(day, clock) -%}
    try_cast(left({{ clean_text(day) }}, 10) || ' ' || {{ clean_text(clock) }} as timestamp)
{%- endmacro %}

{# Minutes that passed between two local times: the nights the clocks change are an hour shorter or longer than they look.
   A time in the hour that October repeats is taken as its second, winter occurrence. #}
{% macro minutes_between(earlier, later) -%}
    datediff(
        'second', {{ earlier }} at time zone 'Europe/London', {{ later }} at time zone 'Europe/London'
    ) / {{ seconds_in_a_minute() }}
{%- endmacro %}

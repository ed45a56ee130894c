{# Disclosure control of one count by the profile of its source: hidden counts become NULL, the rest is rounded.
   `profile` is a row of disclosure_profile. Integer arithmetic: half of five never occurs, so no rule for ties is needed. #}

{% macro is_hidden(count, profile) -%}
    coalesce({{ count }} between {{ profile }}.hide_from and {{ profile }}.hide_to, false)
{%- endmacro %}

{% macro disclosed_count(count, profile) -%}
    case when not {{ is_hidden(count, profile) }}
        then cast(floor((2e0 * {{ count }} + {{ profile }}.round_to - 1e0) / (2e0 * {{ profile }}.round_to)) as bigint)
            * {{ profile }}.round_to
    end
{%- endmacro %}

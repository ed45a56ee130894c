{# Disclosure control of one count by the profile of its source: small counts become NULL, or the one count that stands for
   all of them, and the rest is rounded. `profile` is a row of disclosure_profile. Integer arithmetic: half of five never
   occurs, so no rule for ties is needed. #}

{% macro is_small(count, profile) -%}
    coalesce({{ count }} between {{ profile }}.hide_from and {{ profile }}.hide_to, false)
{%- endmacro %}

{% macro is_hidden(count, profile) -%}
    ({{ is_small(count, profile) }} and {{ profile }}.small_shown_as is null)
{%- endmacro %}

{% macro disclosed_count(count, profile) -%}
    case
        when {{ is_small(count, profile) }} then {{ profile }}.small_shown_as
        else cast(floor((2e0 * {{ count }} + {{ profile }}.round_to - 1e0) / (2e0 * {{ profile }}.round_to)) as bigint)
            * {{ profile }}.round_to
    end
{%- endmacro %}

{# Whether a published count breaks its rule. #}
{% macro is_undisclosed(count, profile) -%}
    (
        ({{ is_small(count, profile) }} and {{ count }} is distinct from {{ profile }}.small_shown_as)
        or {{ count }} % {{ profile }}.round_to <> 0
    )
{%- endmacro %}

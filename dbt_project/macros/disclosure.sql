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

{# A standardised rate is made from true counts where its rule exempts rates. Elsewhere every event weighs as much more or
   less as rounding made of all of them, so that no rate says more than the rounded count. #}
{% macro disclosed_events(events, profile) -%}
    case
        when {{ profile }}.rates_are_exempt then {{ events }}
        when {{ events }} < {{ dsr_minimum_events() }} then 0
        else {{ disclosed_count(events, profile) }}
    end
{%- endmacro %}

{% macro disclosed_event_weight(events, profile) -%}
    case
        when {{ profile }}.rates_are_exempt then 1e0
        when {{ events }} > 0 then cast({{ disclosed_count(events, profile) }} as double) / cast({{ events }} as double)
    end
{%- endmacro %}

{# Whether a published count breaks its rule. #}
{% macro is_undisclosed(count, profile) -%}
    (
        ({{ is_small(count, profile) }} and {{ count }} is distinct from {{ profile }}.small_shown_as)
        or {{ count }} % {{ profile }}.round_to <> 0
    )
{%- endmacro %}

{# Whether the rule of the source keeps a cell inside: it is counted and never published. #}
{% macro stays_internal(cell, profile) -%}
    ({{ cell }}.area_type = 'practice' and {{ profile }}.practices_stay_internal)
{%- endmacro %}

{# Whether the submitters of a feed are practices whose figures stay inside. `feed` is a row of run.feed. #}
{% macro keeps_submitters_inside(feed, profile) -%}
    ({{ feed }}.submitter_area_type = 'practice' and {{ profile }}.practices_stay_internal)
{%- endmacro %}

{# Weeks waited, in days at the census: over 18 weeks is more than 126 days, over 52 weeks more than 364,
   over 65 weeks more than 455 (rule 8). #}
{% macro days_in_6_weeks() -%} 42 {%- endmacro %}
{% macro days_in_18_weeks() -%} 126 {%- endmacro %}
{% macro days_in_52_weeks() -%} 364 {%- endmacro %}
{% macro days_in_65_weeks() -%} 455 {%- endmacro %}

{# Proposed (I): a median of fewer pathways says little of a treatment function, and disclosure rules hide up to seven; and a
   difference within functions that leaves out most of the pathways is none. #}
{% macro least_pathways_of_a_function() -%} 10 {%- endmacro %}
{% macro least_share_within_functions() -%} 0.5e0 {%- endmacro %}

{# Where a pathway stands among those of its person: the first stands for them. #}
{% macro standing(rows) -%}
    row(
        case when {{ rows }}.is_clock_start_valid then -{{ rows }}.days_waited else 1 end, {{ rows }}.provider_code,
        {{ rows }}.pathway_id
    )
{%- endmacro %}

{# Normal quantiles for two-sided limits. Written as doubles: a bare 1.96 is DECIMAL and overflows on large counts. #}
{% macro z_score(level) -%}
    {%- if level == '95' -%} 1.959963984540054e0
    {%- elif level == '998' -%} 3.090232306167813e0
    {%- else -%} {{ exceptions.raise_compiler_error("z_score knows levels '95' and '998', not '" ~ level ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{# Probability beyond one of two limits of a level, from the same levels as z_score. #}
{% macro tail_probability(level) -%}
    {%- if level == '95' -%} 0.025e0
    {%- elif level == '998' -%} 0.001e0
    {%- else -%} {{ exceptions.raise_compiler_error("tail_probability knows levels '95' and '998', not '" ~ level ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{# Normal quantiles for two-sided limits. Written as doubles: a bare 1.96 is DECIMAL and overflows on large counts. #}
{% macro z_score(level) -%}
    {%- if level == '95' -%} 1.959963984540054e0
    {%- elif level == '998' -%} 3.090232306167813e0
    {%- else -%} {{ exceptions.raise_compiler_error("z_score knows levels '95' and '998', not '" ~ level ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{# Schemas are named as the layers, without dbt's target prefix: one build database serves one run. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

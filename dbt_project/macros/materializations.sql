{# How models reach the build database. It is a new file every night, so there is nothing to swap, back up or keep grants
   of: a model is one statement, where dbt's own materialisations need five to nine. In a night of a hundred models that is
   several seconds. Contracts and comments are dbt's own. A model that was built before in the same file is replaced. #}

{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- do drop_what_was_built_before() -%}
    {%- call statement('main', auto_begin=False) -%}
        create view {{ target_relation }} as (
            {{ compiled_code }}
        )
    {%- endcall -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# A contract makes two statements of one table: both or none. #}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do drop_what_was_built_before() -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall -%}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro drop_what_was_built_before() -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
{%- endmacro %}

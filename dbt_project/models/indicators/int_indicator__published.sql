{{ config(materialized='view') }}
{#- Every indicator that arrives already counted. A new one is one line here. -#}
{%- set models = [
    'ind_cvd03',
    'ind_cvd04',
    'ind_ele02_rtt',
    'ind_ele03_rtt',
] -%}
{% for model in models -%}
select * from {{ ref(model) }}
{% if not loop.last %}union all
{% endif -%}
{% endfor %}

{{ config(materialized='view') }}
{#- Every indicator counted from records. A new one is one line here. -#}
{%- set models = [
    'ind_cvd06',
    'ind_cvd07',
    'ind_res01',
    'ind_ast01',
    'ind_cyd01',
    'ind_epi02',
    'ind_ora01',
    'ind_cmh02',
    'ind_uec01',
    'ind_uec02',
    'ind_uec03',
    'ind_uec04',
    'ind_ele02',
    'ind_ele03',
    'ind_cvd06_cvdp',
    'ind_uec02_4h',
    'ind_ele01',
    'ind_ele03_65',
    'ind_ele03_u18',
    'ind_ele05_elective',
    'ind_ele05_op',
    'ind_ele05_op_virtual',
    'ind_ele05_dna',
    'ind_dig02',
    'ind_dq01_sus_op',
    'ind_dq02_sus_op',
    'ind_dq01_sus_apc',
    'ind_dq01_ecds',
    'ind_dq01_wlmds',
    'ind_dq02_sus_apc',
    'ind_dq02_ecds',
    'ind_dq02_wlmds',
] -%}
{% for model in models -%}
select
    indicator_id,
    source_period,
    provider_code,
    residence_key,
    ethnic_category_code,
    sex_code,
    age_from,
    numerator,
    denominator
from {{ ref(model) }}
{% if not loop.last %}union all
{% endif -%}
{% endfor %}

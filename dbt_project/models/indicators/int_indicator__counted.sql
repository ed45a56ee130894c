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
    'ind_cvd01',
    'ind_cvd02',
    'ind_cvd03_gp',
    'ind_cvd04_gp',
    'ind_cvd05',
    'ind_smi01_gp',
    'ind_res02',
    'ind_dia01',
    'ind_dia01_t1',
    'ind_dia01_t2',
    'ind_lda01',
    'ind_ast02',
    'ind_dq01_sus_apc',
    'ind_dq01_ecds',
    'ind_dq01_wlmds',
    'ind_dq01_gp_extract',
    'ind_dq02_sus_apc',
    'ind_dq02_ecds',
    'ind_dq02_wlmds',
    'ind_dq02_gp_extract',
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

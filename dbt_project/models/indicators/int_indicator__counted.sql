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
    'ind_mat01',
    'ind_mat02',
    'ind_mat02_singleton',
    'ind_men01',
    'ind_men01_recovery',
    'ind_men01_6weeks',
    'ind_men01_18weeks',
    'ind_smo01',
    'ind_smo01_inpatient',
    'ind_smo01_maternity',
    'ind_smo01_mental_health',
    'ind_dq01_sus_apc',
    'ind_dq01_ecds',
    'ind_dq01_wlmds',
    'ind_dq01_talking_therapies',
    'ind_dq01_msds_birth',
    'ind_dq01_msds_booking',
    'ind_dq01_tobacco_sdcs',
    'ind_dq02_sus_apc',
    'ind_dq02_ecds',
    'ind_dq02_wlmds',
    'ind_dq02_talking_therapies',
    'ind_dq02_msds_birth',
    'ind_dq02_msds_booking',
    'ind_dq02_tobacco_sdcs',
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

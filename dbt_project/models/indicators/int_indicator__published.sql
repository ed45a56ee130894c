{{ config(materialized='view') }}
{#- Every indicator that arrives already counted. A new one is one line here. -#}
{%- set models = [
    'ind_ast01_fingertips',
    'ind_can01',
    'ind_can01_unstaged',
    'ind_cvd01_cvdprevent',
    'ind_cvd02_cvdprevent',
    'ind_cvd05_cvdprevent',
    'ind_cvd02_qof',
    'ind_cvd03',
    'ind_cvd04',
    'ind_cyd02',
    'ind_cyd02_pump',
    'ind_cyd02_t2',
    'ind_dia02',
    'ind_dig01',
    'ind_ele02_rtt',
    'ind_ele03_rtt',
    'ind_dq01_msds_annual',
    'ind_dq02_msds_annual',
    'ind_dq04',
    'ind_epi01',
    'ind_epi01_lda',
    'ind_lda02',
    'ind_mat02_annual',
    'ind_men03',
    'ind_men03_people',
    'ind_smi01',
] -%}
{% for model in models -%}
select
    indicator_id,
    period_type,
    period_start,
    period_end,
    area_type,
    area_code,
    area_name,
    organisation_edition,
    breakdown,
    imd_edition,
    category,
    numerator,
    denominator,
    published_value,
    published_lower_95,
    published_upper_95
from {{ ref(model) }}
{% if not loop.last %}union all
{% endif -%}
{% endfor %}

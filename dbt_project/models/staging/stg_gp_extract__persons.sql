{%- set dates = [
    'hyp_cod_date', 'hypres_cod_date', 'bp_date', 'afib_cod_date', 'afibres_cod_date',
    'anticoag_last_issue_date', 'chd_cod_date', 'ostr_cod_date', 'tia_cod_date', 'pad_cod_date',
    'llt_last_issue_date', 'lipid_date', 'mh_cod_date', 'mhrem_cod_date', 'bmi_date',
    'smok_date', 'alc_date', 'chol_date', 'hba1c_date', 'glucose_date',
    'creatinine_date', 'acr_date', 'foot_exam_date', 'dm_cod_date', 'resp_cod_date',
    'fluvac_date', 'pneuvac_date', 'covidvac_date',
    'immdx_cov_cod_date', 'immrx_cod_date', 'immadm_cod_date', 'dxt_chemo_cod_date', 'longres_cod_date', 'reside_cod_date',
    'preg_cod_date', 'pregdel_cod_date', 'ld_cod_date', 'ldhc_date',
    'autism_cod_date', 'homeless_cod_date', 'ast_cod_date', 'astres_cod_date',
] -%}
{%- set numbers = ['bp_systolic', 'bp_diastolic', 'cha2ds2vasc', 'qrisk', 'non_hdl', 'ldl', 'saba_issues_12m'] -%}
with source as (
    select * from {{ source('raw', 'gp_extract') }}
),

typed as (
    select
        {{ record_columns('snapshot_date', age=none, age_from_field='birth_month', provider='practice_code') }},
        {{ day_sent('snapshot_date') }} as snapshot_date,
        {{ day_sent("birth_month || '-01'") }} as birth_month_start,
        {% for column in dates -%}
        {{ day_sent(column) }} as {{ column }},
        {% endfor -%}
        {% for column in numbers -%}
        try_cast({{ clean_text(column) }} as double) as {{ column }},
        {% endfor -%}
        {{ clean_text('diabetes_type') }} as diabetes_type
    from source
),

final as (
    select
        *,
        {# Whole months of age on the last day of a month follow from the month of birth. #}
        case
            when datediff('month', birth_month_start, snapshot_date) between 0 and {{ oldest_age_in_months() }}
                then datediff('month', birth_month_start, snapshot_date)
        end as age_months,
        greatest({{ dates | join(', ') }}) as latest_date
    from typed
)

select * from final

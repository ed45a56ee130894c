with codes_sent as (
    select distinct primary_diagnosis_code as code from {{ ref('stg_sus_apc__episodes') }}
    union
    select distinct primary_procedure_code as code from {{ ref('stg_sus_apc__episodes') }}
    union
    select distinct admission_method_code as code from {{ ref('stg_sus_apc__episodes') }}
    union
    select distinct patient_classification_code as code from {{ ref('stg_sus_apc__episodes') }}
    union
    select distinct attendance_category_code as code from {{ ref('stg_ecds__attendances') }}
    union
    select distinct department_type_code as code from {{ ref('stg_ecds__attendances') }}
    union
    select distinct waiting_list_type_code as code from {{ ref('stg_wlmds__pathways') }}
),

final as (
    select distinct
        list.code_list_id,
        codes_sent.code
    from codes_sent
    inner join {{ ref('code_list') }} as list
        on (list.match_rule = 'exact' and codes_sent.code = list.code)
        or (list.match_rule = 'prefix' and codes_sent.code like list.code || '%')
)

select * from final

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
    select distinct attended_code as code from {{ ref('stg_sus_op__appointments') }}
    union
    select distinct first_attendance_code as code from {{ ref('stg_sus_op__appointments') }}
    union
    select distinct waiting_list_type_code as code from {{ ref('stg_wlmds__pathways') }}
    union
    select distinct attend_status_code as code from {{ ref('stg_mhsds_contact__contacts') }}
    union
    select distinct mechanism_code as code from {{ ref('stg_mhsds_contact__contacts') }}
    union
    select distinct legal_status_code as code from {{ ref('stg_mhsds_detention__periods') }}
),

causes_sent as (
    select distinct external_cause_codes as codes
    from {{ ref('stg_sus_apc__episodes') }}
    where external_cause_codes is not null
),

{# Several codes in one text, each after a bar: in a list when any of them is. #}
member_by_any_cause as (
    select
        list.code_list_id,
        causes_sent.codes as code
    from causes_sent
    inner join {{ ref('code_list') }} as list
        on (list.match_rule = 'exact' and causes_sent.codes || '|' like '%|' || list.code || '|%')
        or (list.match_rule = 'prefix' and causes_sent.codes like '%|' || list.code || '%')
),

member_by_code as (
    select
        list.code_list_id,
        codes_sent.code
    from codes_sent
    inner join {{ ref('code_list') }} as list
        on (list.match_rule = 'exact' and codes_sent.code = list.code)
        or (list.match_rule = 'prefix' and codes_sent.code like list.code || '%')
),

final as (
    select * from member_by_code
    union
    select * from member_by_any_cause
)

select * from final

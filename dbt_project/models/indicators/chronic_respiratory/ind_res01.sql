with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_emergency_admission
        and {{ in_code_list('primary_diagnosis_code', 'icd10_copd') }}
        and age_from >= 35
)

{{ indicator_frame('RES01', 'numerator', numerator='records', person='repeat_person') }}

with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_emergency_admission
        and {{ in_code_list('primary_diagnosis_code', 'icd10_epilepsy') }}
        and age_from between 0 and 18
)

{{ indicator_frame('EPI02', 'numerator', numerator='records') }}

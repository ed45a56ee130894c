with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_emergency_admission
        and {{ in_code_list('primary_diagnosis_code', 'icd10_stroke_cvdp') }}
)

{{ indicator_frame('CVD06_CVDP', 'numerator', numerator='records', person='repeat_person') }}

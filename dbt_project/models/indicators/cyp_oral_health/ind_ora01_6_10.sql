with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_finished_admitted_episode
        and {{ in_code_list('primary_procedure_code', 'opcs4_tooth_extraction') }}
        and {{ in_code_list('primary_diagnosis_code', 'icd10_dental_caries') }}
        and age_from between 6 and 10
)

{{ indicator_frame('ORA01_6_10', 'numerator', numerator='records') }}

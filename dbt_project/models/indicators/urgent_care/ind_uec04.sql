with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_emergency_admission
        and {{ in_code_list('primary_diagnosis_code', 'icd10_acsc') }}
)

{{ indicator_frame('UEC04', 'numerator', numerator='records', person='repeat_person', neighbourhood='neighbourhood_code') }}

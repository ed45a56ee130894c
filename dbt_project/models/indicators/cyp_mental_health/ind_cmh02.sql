with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_emergency_admission
        and has_self_harm_cause
        and age_from between 10 and 24
)

{{ indicator_frame('CMH02', 'numerator', numerator='records', person='repeat_person') }}

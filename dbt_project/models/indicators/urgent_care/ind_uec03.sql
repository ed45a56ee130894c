with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_emergency_admission
        and age_from between 0 and 17
)

{{ indicator_frame('UEC03', 'numerator', numerator='records') }}

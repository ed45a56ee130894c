with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_finished_admitted_episode
        and {{ in_code_list('primary_procedure_code', 'opcs4_tooth_extraction') }}
        and age_from between 0 and 10
)

{{ indicator_frame('ORA01_ALL', 'numerator', numerator='records') }}

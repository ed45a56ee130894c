with numerator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_on_waiting_list
        and {{ in_code_list('treatment_function_code', 'paediatric_dentistry') }}
        and age_from between 0 and 10
)

{{ indicator_frame('ORA01_WAITING', 'numerator', numerator='records') }}

with numerator as (
    select *
    from {{ ref('int_detention__cube') }}
    where is_new_detention
)

{{ indicator_frame('MEN02', 'numerator', numerator='records', person='repeat_person') }}

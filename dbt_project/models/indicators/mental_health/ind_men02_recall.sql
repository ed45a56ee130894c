with numerator as (
    select *
    from {{ ref('int_detention__cube') }}
    where detention_kind = 'after recall'
)

{{ indicator_frame('MEN02_RECALL', 'numerator', numerator='records', person='repeat_person') }}

with numerator as (
    select *
    from {{ ref('int_detention__cube') }}
    where detention_kind = 'after admission'
)

{{ indicator_frame('MEN02_AFTER_ADMISSION', 'numerator', numerator='records', person='repeat_person') }}

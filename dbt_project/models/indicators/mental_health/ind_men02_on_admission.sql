with numerator as (
    select *
    from {{ ref('int_detention__cube') }}
    where detention_kind = 'on admission'
)

{{ indicator_frame('MEN02_ON_ADMISSION', 'numerator', numerator='records', person='repeat_person') }}

with published as (
    select * from {{ ref('int_national_audit__published') }}
    where indicator_id = 'EPI01_LDA'
)

{{ published_frame('EPI01_LDA', 'published') }}

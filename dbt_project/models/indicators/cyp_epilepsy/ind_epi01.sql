with published as (
    select * from {{ ref('int_national_audit__published') }}
    where indicator_id = 'EPI01'
)

{{ published_frame('EPI01', 'published') }}

with published as (
    select * from {{ ref('int_national_audit__published') }}
    where indicator_id = 'CYD02_PUMP'
)

{{ published_frame('CYD02_PUMP', 'published') }}

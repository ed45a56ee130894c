with published as (
    select * from {{ ref('int_national_audit__published') }}
    where indicator_id = 'CYD02_T2'
)

{{ published_frame('CYD02_T2', 'published') }}

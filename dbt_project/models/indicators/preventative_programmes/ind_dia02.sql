with published as (
    select * from {{ ref('int_national_audit__published') }}
    where indicator_id = 'DIA02'
)

{{ published_frame('DIA02', 'published') }}

with published as (
    select * from {{ ref('int_mhsds_restrictive__published') }}
    where indicator_id = 'MEN03'
)

{{ published_frame('MEN03', 'published') }}

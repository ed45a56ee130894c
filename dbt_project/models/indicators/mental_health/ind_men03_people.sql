with published as (
    select * from {{ ref('int_mhsds_restrictive__published') }}
    where indicator_id = 'MEN03_PEOPLE'
)

{{ published_frame('MEN03_PEOPLE', 'published') }}

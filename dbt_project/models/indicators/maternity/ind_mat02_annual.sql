with published as (
    select * from {{ ref('int_msds_annual__published') }}
    where indicator_id = 'MAT02_ANNUAL'
)

{{ published_frame('MAT02_ANNUAL', 'published') }}

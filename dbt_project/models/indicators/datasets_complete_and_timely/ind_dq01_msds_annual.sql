with published as (
    select * from {{ ref('int_msds_annual__published') }}
    where indicator_id = 'DQ01_MSDS_ANNUAL'
)

{{ published_frame('DQ01_MSDS_ANNUAL', 'published') }}

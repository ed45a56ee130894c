with published as (
    select * from {{ ref('int_msds_annual__published') }}
    where indicator_id = 'DQ02_MSDS_ANNUAL'
)

{{ published_frame('DQ02_MSDS_ANNUAL', 'published') }}

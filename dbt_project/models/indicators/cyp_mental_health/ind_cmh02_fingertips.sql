with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'CMH02_FINGERTIPS'
)

{{ published_frame('CMH02_FINGERTIPS', 'published') }}

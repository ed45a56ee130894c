with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'RES01_FINGERTIPS'
)

{{ published_frame('RES01_FINGERTIPS', 'published') }}

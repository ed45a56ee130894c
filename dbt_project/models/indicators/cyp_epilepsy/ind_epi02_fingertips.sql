with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'EPI02_FINGERTIPS'
)

{{ published_frame('EPI02_FINGERTIPS', 'published') }}

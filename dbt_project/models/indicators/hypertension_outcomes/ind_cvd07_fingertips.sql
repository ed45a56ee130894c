with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'CVD07_FINGERTIPS'
)

{{ published_frame('CVD07_FINGERTIPS', 'published') }}

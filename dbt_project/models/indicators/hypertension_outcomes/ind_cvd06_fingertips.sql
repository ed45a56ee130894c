with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'CVD06_FINGERTIPS'
)

{{ published_frame('CVD06_FINGERTIPS', 'published') }}

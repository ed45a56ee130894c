with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'CYD01_FINGERTIPS'
)

{{ published_frame('CYD01_FINGERTIPS', 'published') }}

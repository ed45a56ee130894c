with published as (
    select * from {{ ref('int_fingertips__published') }}
    where indicator_id = 'AST01_FINGERTIPS'
)

{{ published_frame('AST01_FINGERTIPS', 'published') }}

with published as (
    select * from {{ ref('int_cvdprevent__published') }}
    where indicator_id = 'CVD04'
)

{{ published_frame('CVD04', 'published') }}

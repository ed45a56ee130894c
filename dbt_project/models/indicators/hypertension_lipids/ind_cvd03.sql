with published as (
    select * from {{ ref('int_cvdprevent__published') }}
    where indicator_id = 'CVD03'
)

{{ published_frame('CVD03', 'published') }}

with published as (
    select * from {{ ref('int_cvdprevent__published') }}
    where indicator_id = 'CVD05_CVDPREVENT'
)

{{ published_frame('CVD05_CVDPREVENT', 'published') }}

with published as (
    select * from {{ ref('int_cvdprevent__published') }}
    where indicator_id = 'CVD01_CVDPREVENT_80'
)

{{ published_frame('CVD01_CVDPREVENT_80', 'published') }}

with published as (
    select * from {{ ref('int_cvdprevent__published') }}
    where indicator_id = 'CVD02_CVDPREVENT_PREVALENCE'
)

{{ published_frame('CVD02_CVDPREVENT_PREVALENCE', 'published') }}

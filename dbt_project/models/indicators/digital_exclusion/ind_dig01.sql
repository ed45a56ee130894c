with published as (
    select * from {{ ref('int_nhs_app__published') }}
)

{{ published_frame('DIG01', 'published') }}

with published as (
    select * from {{ ref('int_gpes_phsmi__published') }}
)

{{ published_frame('SMI01', 'published') }}

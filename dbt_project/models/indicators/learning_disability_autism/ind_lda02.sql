with published as (
    select * from {{ ref('int_lda_inpatient__published') }}
    where indicator_id = 'LDA02'
)

{{ published_frame('LDA02', 'published') }}

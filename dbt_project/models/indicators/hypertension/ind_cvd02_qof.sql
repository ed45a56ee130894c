with published as (
    select * from {{ ref('int_qof__published') }}
)

{{ published_frame('CVD02_QOF', 'published') }}

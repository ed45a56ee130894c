with published as (
    select
        *,
        early as numerator,
        staged as denominator
    from {{ ref('int_rcrd__published') }}
)

{{ published_frame('CAN01', 'published') }}

with published as (
    select
        *,
        cases - staged as numerator,
        cases as denominator
    from {{ ref('int_rcrd__published') }}
)

{{ published_frame('CAN01_UNSTAGED', 'published') }}

with denominator as (
    select *
    from {{ ref('int_continuity__cube') }}
    where is_told_of
)

{{ indicator_frame(
    'MAT01_RECEIVED', 'denominator',
    numerator='case when is_receiving_continuity then records else 0 end',
    denominator='records'
) }}

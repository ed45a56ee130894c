with denominator as (
    select *
    from {{ ref('int_booking__cube') }}
    where is_in_care_at_29_weeks
)

{{ indicator_frame(
    'MAT01', 'denominator',
    numerator='case when is_on_continuity_pathway then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_emergency_care__cube') }}
    where is_timed_major_attendance
)

{{ indicator_frame(
    'UEC02_4H', 'denominator',
    numerator="case when is_over_4_hours then records else 0 end",
    denominator='records'
) }}

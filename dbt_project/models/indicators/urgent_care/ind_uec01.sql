with numerator as (
    select *
    from {{ ref('int_emergency_care__cube') }}
    where is_unplanned_attendance
)

{{ indicator_frame('UEC01', 'numerator', numerator='records') }}

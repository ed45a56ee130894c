with course as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
        is_completed_treatment,
        is_not_caseness,
        is_recovered,
        is_reliably_improved,
        datediff('day', referral_date, first_therapy_date) as days_waited
    from {{ ref('stg_talking_therapies__courses') }}
),

final as (
    select
        {{ cube_groups('course') }},
        course.is_completed_treatment,
        course.is_not_caseness,
        course.is_recovered,
        course.is_reliably_improved,
        case
            when course.days_waited is null or course.days_waited < 0 then 'not valid'
            when course.days_waited <= {{ days_in_6_weeks() }} then 'within 6 weeks'
            when course.days_waited <= {{ days_in_18_weeks() }} then 'within 18 weeks'
            else 'over 18 weeks'
        end as waiting_band,
        {{ nhs_number_counts('course') }},
        count(*) as records
    from course
    {{ cube_joins('course', 'talking_therapies') }}
    group by all
)

select * from final

with course as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_years') }} as age_from,
        is_completed_treatment,
        is_not_caseness,
        is_recovered,
        is_reliably_improved,
        datediff('day', referral_date, first_therapy_date) as days_waited
    from {{ ref('stg_talking_therapies__courses') }}
),

final as (
    select
        course.source_period,
        course.provider_code,
        {{ residence_key('course.lsoa_code', 'residence.residence_key') }} as residence_key,
        course.ethnic_category_code,
        course.sex_code,
        course.age_from,
        {{ plus_key('course') }},
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
        count(*) as records
    from course
    left join {{ ref('int_lsoa__residence_key') }} as residence on course.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('course', 'talking_therapies') }}
    group by all
)

select * from final

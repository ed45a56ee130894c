with pregnancy as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_years') }} as age_from,
        {# Days of gestation on a day: those at booking and those since. Booked at 0 days is booked without gestation. #}
        case when gestation_at_booking_days > 0 then
            {{ gestation_on('period_start_date') }} <= {{ days_of_gestation(29, 0) }}
            and {{ gestation_on('last_day(period_start_date)') }} >= {{ days_of_gestation(29, 0) }}
        end as reaches_29_weeks_in_the_month,
        {{ gestation_on('discharge_date') }} < {{ days_of_gestation(29, 0) }} as is_discharged_before,
        care_plan_type_code = '05'
            and continuity_pathway_indicator = 'Y'
            and care_professional_id is not null
            and care_team_id is not null
            and {{ gestation_on('care_plan_date') }} < {{ days_of_gestation(29, 0) }} as is_placed_before
    from {{ ref('stg_msds_booking__pregnancies') }}
),

final as (
    select
        pregnancy.source_period,
        pregnancy.provider_code,
        {{ residence_key('pregnancy.lsoa_code', 'residence.residence_key') }} as residence_key,
        pregnancy.ethnic_category_code,
        pregnancy.sex_code,
        pregnancy.age_from,
        {{ plus_key('pregnancy') }},
        coalesce(pregnancy.reaches_29_weeks_in_the_month, false)
            and not coalesce(pregnancy.is_discharged_before, false) as is_in_care_at_29_weeks,
        coalesce(pregnancy.is_placed_before, false) as is_on_continuity_pathway,
        count(*) as records
    from pregnancy
    left join {{ ref('int_lsoa__residence_key') }} as residence on pregnancy.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('pregnancy', 'msds_booking') }}
    group by all
)

select * from final

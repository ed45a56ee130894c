with pregnancy as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
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
        {{ cube_groups('pregnancy') }},
        coalesce(pregnancy.reaches_29_weeks_in_the_month, false)
            and not coalesce(pregnancy.is_discharged_before, false) as is_in_care_at_29_weeks,
        coalesce(pregnancy.is_placed_before, false) as is_on_continuity_pathway,
        {{ nhs_number_counts('pregnancy') }},
        count(*) as records
    from pregnancy
    {{ cube_joins('pregnancy', 'msds_booking') }}
    group by all
)

select * from final

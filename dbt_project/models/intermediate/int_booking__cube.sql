with pregnancy as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
        {{ pregnancy_at_29_weeks() }}
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

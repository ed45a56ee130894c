with baby as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
        is_live_birth,
        {# A woman counts once a month and provider: a smoker if any of her records says so, known if any does. #}
        is_birth and row_number() over (
            partition by source_period, provider_code, coalesce(person_pseudonym, baby_record_id), is_birth
            order by
                case smoking_status_at_delivery when 'smoker' then 1 when 'non_smoker' then 2 else 3 end,
                birth_date, baby_record_id
        ) = 1 as stands_for_mother,
        smoking_status_at_delivery,
        coalesce(births_in_delivery = 1, false) as is_singleton,
        gestation_days
    from {{ ref('stg_msds_birth__babies') }}
),

final as (
    select
        {{ cube_groups('baby') }},
        baby.is_live_birth,
        baby.is_singleton,
        case when baby.stands_for_mother then baby.smoking_status_at_delivery else 'not counted' end
            as smoking_status_of_mother,
        case
            when baby.gestation_days between {{ days_of_gestation(24, 0) }} and {{ days_of_gestation(36, 6) }} then 'preterm'
            when baby.gestation_days between {{ days_of_gestation(37, 0) }} and {{ days_of_gestation(42, 6) }} then 'term'
            else 'not valid'
        end as gestation_band,
        {{ nhs_number_counts('baby') }},
        count(*) as records
    from baby
    {{ cube_joins('baby', 'msds_birth') }}
    group by all
)

select * from final

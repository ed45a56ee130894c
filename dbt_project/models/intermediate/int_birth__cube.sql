with baby as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_years') }} as age_from,
        is_live_birth,
        coalesce(births_in_delivery = 1, false) as is_singleton,
        gestation_days
    from {{ ref('stg_msds_birth__babies') }}
),

final as (
    select
        baby.source_period,
        baby.provider_code,
        {{ residence_key('baby.lsoa_code', 'residence.residence_key') }} as residence_key,
        baby.ethnic_category_code,
        baby.sex_code,
        baby.age_from,
        {{ plus_key('baby') }},
        baby.is_live_birth,
        baby.is_singleton,
        case
            when baby.gestation_days between {{ days_of_gestation(24, 0) }} and {{ days_of_gestation(36, 6) }} then 'preterm'
            when baby.gestation_days between {{ days_of_gestation(37, 0) }} and {{ days_of_gestation(42, 6) }} then 'term'
            else 'not valid'
        end as gestation_band,
        count(*) as records
    from baby
    left join {{ ref('int_lsoa__residence_key') }} as residence on baby.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('baby', 'msds_birth') }}
    group by all
)

select * from final

with smoker as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_years') }} as age_from,
        setting,
        coalesce(nights_of_stay >= 1, false) as has_stayed_a_night,
        coalesce(first_contact_date >= referral_date, false) as is_seen
    from {{ ref('stg_tobacco_sdcs__smokers') }}
),

final as (
    select
        smoker.source_period,
        smoker.provider_code,
        {{ residence_key('smoker.lsoa_code', 'residence.residence_key') }} as residence_key,
        smoker.ethnic_category_code,
        smoker.sex_code,
        smoker.age_from,
        {{ plus_key('smoker') }},
        smoker.setting,
        smoker.has_stayed_a_night,
        smoker.is_seen,
        count(*) as records
    from smoker
    left join {{ ref('int_lsoa__residence_key') }} as residence on smoker.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('smoker', 'tobacco_sdcs') }}
    group by all
)

select * from final

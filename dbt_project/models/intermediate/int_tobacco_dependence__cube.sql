with smoker as (
    select
        {{ cube_sources() }},
        setting,
        coalesce(nights_of_stay >= 1, false) as has_stayed_a_night,
        coalesce(first_contact_date >= referral_date, false) as is_seen
    from {{ ref('stg_tobacco_sdcs__smokers') }}
),

final as (
    select
        {{ cube_groups('smoker') }},
        smoker.setting,
        smoker.has_stayed_a_night,
        smoker.is_seen,
        count(*) as records
    from smoker
    {{ cube_joins('smoker', 'tobacco_sdcs') }}
    group by all
)

select * from final

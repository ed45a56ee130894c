with source as (
    select * from {{ source('raw', 'talking_therapies') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as pathway_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        try_cast({{ clean_text('referral_date') }} as date) as referral_date,
        try_cast({{ clean_text('first_therapy_date') }} as date) as first_therapy_date,
        try_cast({{ clean_text('discharge_date') }} as date) as discharge_date,
        {{ is_flagged('completed_treatment_flag') }} as is_completed_treatment,
        {{ is_flagged('not_caseness_flag') }} as is_not_caseness,
        {{ is_flagged('recovery_flag') }} as is_recovered,
        {{ is_flagged('reliable_improvement_flag') }} as is_reliably_improved,
        {{ hes_age('age') }} as age_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

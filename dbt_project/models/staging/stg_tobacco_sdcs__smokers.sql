with source as (
    select * from {{ source('raw', 'tobacco_sdcs') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as smoker_record_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        {{ clean_text('setting') }} as setting,
        try_cast({{ clean_text('identified_date') }} as date) as identified_date,
        try_cast({{ clean_text('nights_of_stay') }} as integer) as nights_of_stay,
        try_cast({{ clean_text('referral_date') }} as date) as referral_date,
        try_cast({{ clean_text('first_contact_date') }} as date) as first_contact_date,
        {{ hes_age('age') }} as age_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

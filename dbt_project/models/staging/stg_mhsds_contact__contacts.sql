with source as (
    select * from {{ source('raw', 'mhsds_contact') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as contact_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        {{ clean_text('source_table') }} as source_table,
        try_cast({{ clean_text('contact_date') }} as date) as contact_date,
        {{ clean_text('attend_status_code') }} as attend_status_code,
        {{ clean_text('mechanism_code') }} as mechanism_code,
        {{ hes_age('age') }} as age_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'mhsds_detention') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as mental_health_act_period_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        {{ clean_text('legal_status_code') }} as legal_status_code,
        try_cast({{ clean_text('status_start_date') }} as date) as status_start_date,
        try_cast({{ clean_text('spell_start_date') }} as date) as spell_start_date,
        try_cast({{ clean_text('spell_end_date') }} as date) as spell_end_date,
        {{ clean_text('cto_end_reason_code') }} as cto_end_reason_code,
        {{ hes_age('age') }} as age_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'msds_birth') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as baby_record_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        try_cast({{ clean_text('birth_date') }} as date) as birth_date,
        try_cast({{ clean_text('gestation_days') }} as integer) as gestation_days,
        {# Sent as 1 or as 01. #}
        coalesce(try_cast({{ clean_text('pregnancy_outcome_code') }} as integer) = 1, false) as is_live_birth,
        try_cast({{ clean_text('births_in_delivery') }} as integer) as births_in_delivery,
        {{ hes_age('age') }} as age_years,
        {# The data set is about women: the sex of the mother is not sent. #}
        '2' as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'wlmds') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('pathway_id') }} as pathway_id,
        person_id as person_pseudonym,
        try_cast(week_ending_date as date) as week_ending_date,
        {{ clean_text('provider_code') }} as provider_code,
        {{ clean_text('commissioner_code') }} as commissioner_code,
        try_cast({{ clean_text('rtt_start_date') }} as date) as clock_start_date,
        {{ clean_text('treatment_function_code') }} as treatment_function_code,
        {{ clean_text('waiting_list_type') }} as waiting_list_type_code,
        {{ hes_age('age') }} as age_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

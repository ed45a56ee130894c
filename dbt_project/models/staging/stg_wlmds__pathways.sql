with source as (
    select * from {{ source('raw', 'wlmds') }}
),

final as (
    select
        {{ record_columns('rtt_start_date') }},
        {{ clean_text('pathway_id') }} as pathway_id,
        try_cast(week_ending_date as date) as week_ending_date,
        try_cast({{ clean_text('rtt_start_date') }} as date) as clock_start_date,
        {{ clean_text('waiting_list_type') }} as waiting_list_type_code,
        {{ clean_text('treatment_function_code') }} as treatment_function_code,
        {{ nhs_number_status() }},
        {{ clean_text('nhs_number_check') }} as nhs_number_check,
        {{ codes_in_one_text(['pseudo_postcode']) }} as homelessness_codes
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'mhsds_detention') }}
),

final as (
    select
        {{ record_columns('status_start_date') }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as mental_health_act_period_id,
        {{ clean_text('legal_status_code') }} as legal_status_code,
        try_cast({{ clean_text('status_start_date') }} as date) as status_start_date,
        try_cast({{ clean_text('spell_start_date') }} as date) as spell_start_date,
        try_cast({{ clean_text('spell_end_date') }} as date) as spell_end_date,
        {{ clean_text('cto_end_reason_code') }} as cto_end_reason_code,
        {{ codes_in_one_text(['pseudo_postcode', 'accommodation_code']) }} as homelessness_codes
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'mhsds_contact') }}
),

final as (
    select
        {{ record_columns('contact_date') }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as contact_id,
        {{ clean_text('source_table') }} as source_table,
        try_cast({{ clean_text('contact_date') }} as date) as contact_date,
        {{ clean_text('attend_status_code') }} as attend_status_code,
        {{ clean_text('mechanism_code') }} as mechanism_code,
        {{ codes_in_one_text(['pseudo_postcode', 'accommodation_code']) }} as homelessness_codes
    from source
)

select * from final

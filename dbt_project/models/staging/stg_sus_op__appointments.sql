with source as (
    select * from {{ source('raw', 'sus_op') }}
),

final as (
    select
        {{ record_columns('appointment_date', age='age_at_appointment', lsoa=['lsoa11_code', 'lsoa01_code']) }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as record_id,
        {{ hes_date('appointment_date') }} as appointment_date,
        {{ clean_text('attended_code') }} as attended_code,
        {{ clean_text('first_attendance_code') }} as first_attendance_code,
        {{ codes_in_one_text(['pseudo_postcode']) }} as homelessness_codes
    from source
)

select * from final

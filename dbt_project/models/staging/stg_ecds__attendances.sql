with source as (
    select * from {{ source('raw', 'ecds') }}
),

final as (
    select
        {{ record_columns('arrival_date', age='age_at_arrival', lsoa=['lsoa_code', 'lsoa01_code']) }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as record_id,
        {{ clean_text('department_type_code') }} as department_type_code,
        {{ clean_text('attendance_category_code') }} as attendance_category_code,
        try_cast(left({{ clean_text('arrival_date') }}, 10) as date) as arrival_date,
        {{ local_timestamp('arrival_date', 'arrival_time') }} as arrived_at,
        {{ local_timestamp('departure_date', 'departure_time') }} as departed_at,
        try_cast(minutes_to_departure as double) as minutes_to_departure_sent,
        {{ codes_in_one_text(['pseudo_postcode', 'accommodation_code']) }} as homelessness_codes
    from source
)

select * from final

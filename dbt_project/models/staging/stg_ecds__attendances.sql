with source as (
    select * from {{ source('raw', 'ecds') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as record_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        {{ clean_text('practice_code') }} as practice_code,
        {{ clean_text('department_type_code') }} as department_type_code,
        {{ clean_text('attendance_category_code') }} as attendance_category_code,
        try_cast(left({{ clean_text('arrival_date') }}, 10) as date) as arrival_date,
        {{ local_timestamp('arrival_date', 'arrival_time') }} as arrived_at,
        {{ local_timestamp('departure_date', 'departure_time') }} as departed_at,
        try_cast(minutes_to_departure as double) as minutes_to_departure_sent,
        {{ hes_age('age_at_arrival') }} as age_at_arrival_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        coalesce({{ clean_text('lsoa_code') }}, {{ clean_text('lsoa01_code') }}) as lsoa_code
    from source
)

select * from final

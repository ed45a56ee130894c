with source as (
    select * from {{ source('raw', 'sus_op') }}
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
        {{ hes_date('appointment_date') }} as appointment_date,
        {{ clean_text('attended_code') }} as attended_code,
        {{ clean_text('first_attendance_code') }} as first_attendance_code,
        {{ clean_text('main_specialty_code') }} as main_specialty_code,
        {{ clean_text('treatment_function_code') }} as treatment_function_code,
        {{ hes_age('age_at_appointment') }} as age_at_appointment_years,
        {{ clean_text('sex_code') }} as sex_code_sent,
        {{ known_sex('sex_code') }} as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        coalesce({{ clean_text('lsoa11_code') }}, {{ clean_text('lsoa01_code') }}) as lsoa_code
    from source
)

select * from final

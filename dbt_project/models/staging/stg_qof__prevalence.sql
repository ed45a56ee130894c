with source as (
    select * from {{ source('raw', 'qof') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('practice_code') }} as practice_code,
        {{ clean_text('group_code') }} as group_code,
        {{ clean_text('patient_list_type') }} as patient_list_type,
        try_cast(register as bigint) as people_on_register,
        try_cast(practice_list_size as bigint) as people_on_list
    from source
)

select * from final

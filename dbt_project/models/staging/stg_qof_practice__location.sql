with source as (
    select * from {{ source('raw', 'qof_practice') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('practice_code') }} as practice_code,
        {{ clean_text('practice_name') }} as practice_name,
        {{ clean_text('ccg_ods_code') }} as ccg_ods_code
    from source
)

select * from final

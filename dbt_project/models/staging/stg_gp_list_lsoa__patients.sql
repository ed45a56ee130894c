with source as (
    select * from {{ source('raw', 'gp_list_lsoa') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('practice_code') }} as practice_code,
        {{ clean_text('lsoa_code') }} as lsoa_code,
        try_cast(patients as bigint) as patients
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'rcrd') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('icb_ods_code') }} as icb_ods_code,
        {{ clean_text('stage_group') }} as stage_group,
        try_cast(cases as bigint) as cases
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'nhs_app') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('practice_code') }} as practice_code,
        {{ clean_text('practice_name') }} as practice_name,
        {{ clean_text('sub_icb_ods_code') }} as sub_icb_ods_code,
        try_cast(patients_13_and_over as bigint) as patients_13_and_over,
        try_cast(p9_registrations as bigint) as p9_registrations
    from source
)

select * from final

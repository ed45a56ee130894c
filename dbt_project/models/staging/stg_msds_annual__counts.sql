with source as (
    select * from {{ source('raw', 'msds_annual') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('dimension') }} as dimension,
        {{ clean_text('organisation_level') }} as organisation_level,
        {{ clean_text('organisation_code') }} as organisation_code,
        {{ clean_text('organisation_name') }} as organisation_name,
        {{ clean_text('measure_label') }} as measure_label,
        {{ clean_text('count_of') }} as count_of,
        try_cast(value as bigint) as records
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'gpes_phsmi') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('organisation_code') }} as organisation_code,
        {{ clean_text('question') }} as question,
        try_cast(answer as bigint) as answer
    from source
)

select * from final

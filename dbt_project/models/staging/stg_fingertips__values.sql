{#- The export lists England, and what is asked for with several parents, under each parent: the same row once. Rows that
    differ all stay, for the gate to find. -#}
with source as (
    select * from {{ source('raw', 'fingertips') }}
),

final as (
    select distinct
        source_part_id,
        source_period,
        {{ clean_text('fingertips_id') }} as fingertips_id,
        {{ clean_text('area_code') }} as area_code,
        {{ clean_text('area_name') }} as area_name,
        {{ clean_text('sex') }} as sex,
        {{ clean_text('age') }} as age,
        {{ clean_text('category_type') }} as category_type,
        {{ clean_text('category') }} as category,
        try_cast(value as double) as value,
        try_cast(lower_95 as double) as lower_95,
        try_cast(upper_95 as double) as upper_95,
        {# Counts are printed as 1234 or 1234.0. #}
        cast(round(try_cast(numerator as double)) as bigint) as numerator,
        cast(round(try_cast(denominator as double)) as bigint) as denominator
    from source
)

select * from final

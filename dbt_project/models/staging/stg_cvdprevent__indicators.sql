with source as (
    select * from {{ source('raw', 'cvdprevent') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('area_code') }} as area_code,
        {{ clean_text('area_name') }} as area_name,
        {{ clean_text('category_attribute') }} as category_attribute,
        {{ clean_text('indicator_code') }} as cvdprevent_code,
        {{ clean_text('metric_category_type_name') }} as category_type,
        {# The export writes quintiles as `1 - most deprived`, `2`, 2 and `5 - least deprived`. #}
        {{ clean_text("split_part(metric_category_name, ' - ', 1)") }} as category,
        try_cast(numerator as bigint) as numerator,
        try_cast(denominator as bigint) as denominator,
        try_cast(value as double) as value_pct,
        try_cast(lower_confidence_limit as double) as lower_95_pct,
        try_cast(upper_confidence_limit as double) as upper_95_pct
    from source
)

select * from final

{#- Weeks 0-1 to 17-18 are within 18 weeks; 52-53 and later are over 52. The column names carry the bounds. -#}
{%- set within_18 = range(0, 18) -%}
{%- set over_52 = range(52, 104) -%}
with source as (
    select * from {{ source('raw', 'rtt') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('provider_parent_code') }} as provider_parent_code,
        {{ clean_text('provider_code') }} as provider_code,
        {{ clean_text('provider_name') }} as provider_name,
        {{ clean_text('commissioner_parent_code') }} as commissioner_parent_code,
        {{ clean_text('commissioner_code') }} as commissioner_code,
        {{ clean_text('rtt_part_type') }} as rtt_part_type,
        {{ clean_text('treatment_function_code') }} as treatment_function_code,
        {% for week in within_18 -%}
        coalesce(try_cast({{ 'gt_%02d_to_%02d_weeks' | format(week, week + 1) }} as bigint), 0)
        {%- if not loop.last %} + {% endif %}
        {% endfor %} as within_18_weeks,
        {% for week in over_52 -%}
        coalesce(try_cast({{ 'gt_%02d_to_%02d_weeks' | format(week, week + 1) }} as bigint), 0) +
        {% endfor -%}
        coalesce(try_cast(gt_104_weeks as bigint), 0) as over_52_weeks,
        coalesce(try_cast(unknown_clock_start as bigint), 0) as unknown_clock_start,
        try_cast(total_all as bigint) as total_all
    from source
)

select * from final

{#- A figure that is hidden (*) is missing. -#}
with source as (
    select * from {{ source('raw', 'mhsds_restrictive') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('breakdown') }} as breakdown,
        {{ clean_text('level_one') }} as level_one,
        {{ clean_text('level_one_name') }} as level_one_name,
        {{ clean_text('level_two') }} as level_two,
        {{ clean_text('level_two_name') }} as level_two_name,
        {{ clean_text('metric') }} as metric,
        try_cast(metric_value as double) as metric_value
    from source
)

select * from final

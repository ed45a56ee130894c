{#- The parts an indicator needs: weekly lists between two month ends are landed and judged, but not counted. -#}
with final as (
    select distinct
        wanted.indicator_id,
        member.source_period
    from {{ source('run', 'indicator_period') }} as wanted
    inner join {{ ref('int_period__member') }} as member
        on wanted.feed = member.feed and wanted.period_type = member.period_type
    inner join {{ source('run', 'indicator') }} as indicator on wanted.indicator_id = indicator.indicator_id
    where indicator.counted_over = 'every_part' or member.is_last_part
)

select * from final

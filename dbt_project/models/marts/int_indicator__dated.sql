{#- Person groups in the periods they are published for. A row belongs to every period its part is a member of. -#}
with final as (
    select
        counted.indicator_id,
        member.period_type,
        member.period_start,
        member.period_end,
        counted.provider_code,
        counted.residence_key,
        counted.standard_band_order,
        counted.family,
        counted.person_group,
        cast(sum(counted.numerator) as bigint) as numerator,
        cast(sum(counted.denominator) as bigint) as denominator
    from {{ ref('int_indicator__person_group') }} as counted
    inner join {{ source('run', 'indicator_period') }} as wanted
        on counted.indicator_id = wanted.indicator_id
    inner join {{ ref('int_period__member') }} as member
        on wanted.feed = member.feed
        and wanted.period_type = member.period_type
        and counted.source_period = member.source_period
    group by all
)

select * from final

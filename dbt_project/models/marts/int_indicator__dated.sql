{#- Person groups in the periods they are published for. A row belongs to every period its part is a member of; what is
    counted over the last part, people once a year say, to the period that ends with its part alone. -#}
with final as (
    select
        series.series_key,
        counted.provider_code,
        counted.residence_key,
        counted.standard_band_order,
        counted.family,
        counted.person_group,
        cast(sum(counted.numerator) as bigint) as numerator,
        cast(sum(counted.denominator) as bigint) as denominator
    from {{ ref('int_indicator__person_group') }} as counted
    inner join {{ ref('int_indicator__series') }} as series on counted.indicator_id = series.indicator_id
    inner join {{ ref('int_period__member') }} as member
        on series.feed = member.feed
        and series.period_type = member.period_type
        and series.period_end = member.period_end
        and counted.source_period = member.source_period
    inner join {{ source('run', 'indicator') }} as indicator on counted.indicator_id = indicator.indicator_id
    where indicator.counted_over = 'every_part' or member.is_last_part
    group by all
)

select * from final

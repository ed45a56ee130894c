{#- Every period an indicator is published for, with a small integer that stands for both in the roll-up. -#}
with period as (
    select distinct feed, period_type, period_start, period_end
    from {{ ref('int_period__member') }}
),

final as (
    select
        cast(row_number() over (
            order by wanted.indicator_id, period.period_type, period.period_end
        ) as integer) as series_key,
        wanted.indicator_id,
        wanted.feed,
        period.period_type,
        period.period_start,
        period.period_end
    from {{ source('run', 'indicator_period') }} as wanted
    inner join period on wanted.feed = period.feed and wanted.period_type = period.period_type
)

select * from final

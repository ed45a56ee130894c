{#- A period is final only when every part of it is; a mixture is provisional (rule 11). -#}
with member as (
    select member.feed, member.period_type, member.period_end, part.release_state
    from {{ ref('int_period__member') }} as member
    inner join {{ source('run', 'part') }} as part
        on member.feed = part.feed and member.source_period = part.period
    union all
    select
        feed,
        case feed when 'rtt' then 'month_end' else 'rolling_12m' end as period_type,
        period_end,
        release_state
    from {{ source('run', 'part') }}
    where feed in ('rtt', 'cvdprevent', 'gpes_phsmi')
),

final as (
    select
        feed,
        period_type,
        period_end,
        case when count(distinct release_state) = 1 then max(release_state) else 'provisional' end as release_state
    from member
    group by feed, period_type, period_end
)

select * from final

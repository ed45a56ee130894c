{#- What a submitter usually sends: medians of its own periods, and how far those of the feed moved meanwhile, which is the
    season and the trend that all share. -#}
with sent as (
    select
        feed, submitter_code, period, period_grain, records,
        dense_rank() over (partition by feed, period_grain order by period_end) as number_of_period
    from {{ ref('quality_submitter_period') }}
    where is_expected
),

own as (
    select
        now.feed, now.submitter_code, now.period, now.records,
        count(case when past.number_of_period < now.number_of_period then 1 end) as periods_before,
        percentile_cont(5e-1) within group (
            order by case when past.number_of_period < now.number_of_period then past.records end
        ) as usual_records,
        {# The last three periods with this one, and the twelve before them. #}
        count(case when past.number_of_period > now.number_of_period - 3 then 1 end) as periods_of_now,
        count(case when past.number_of_period <= now.number_of_period - 3 then 1 end) as periods_of_then,
        percentile_cont(5e-1) within group (
            order by case when past.number_of_period > now.number_of_period - 3 then past.records end
        ) as level_now,
        percentile_cont(5e-1) within group (
            order by case when past.number_of_period between now.number_of_period - 14 and now.number_of_period - 3
                then past.records end
        ) as level_then
    from sent as now
    inner join sent as past
        on now.feed = past.feed
        and now.submitter_code = past.submitter_code
        and now.period_grain = past.period_grain
        and past.number_of_period <= now.number_of_period
        and (past.records > 0 or past.number_of_period = now.number_of_period)
    group by now.feed, now.submitter_code, now.period, now.records
),

compared as (
    select
        *,
        case when records > 0 and periods_before >= 3 then records / usual_records end as against_usual,
        case when records > 0 and periods_of_now >= 3 and periods_of_then >= 3 then level_now / level_then end as against_then
    from own
),

{# The median of all, which one submitter does not move; two have nobody to be compared with. #}
of_the_feed as (
    select
        feed, period,
        case when count(against_usual) >= 3 then percentile_cont(5e-1) within group (order by against_usual) end
            as feed_against_usual,
        case when count(against_then) >= 3 then percentile_cont(5e-1) within group (order by against_then) end
            as feed_against_then
    from compared
    group by feed, period
),

final as (
    select
        compared.feed, compared.submitter_code, compared.period, compared.records, compared.periods_before,
        case when compared.periods_before > 0 then compared.usual_records end as usual_records,
        case when compared.against_usual is not null then of_the_feed.feed_against_usual end as feed_against_usual,
        case when compared.against_then is not null then compared.level_now end as level_now,
        case when compared.against_then is not null then compared.level_then end as level_then,
        case when compared.against_then is not null then of_the_feed.feed_against_then end as feed_against_then
    from compared
    inner join of_the_feed on compared.feed = of_the_feed.feed and compared.period = of_the_feed.period
)

select * from final

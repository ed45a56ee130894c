{#- What a submitter usually sends: medians of its own periods, and how far those of the others moved meanwhile, which is the
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

{# Sums over those that can be compared with themselves. #}
compared as (
    select
        *,
        records > 0 and periods_before >= 3 as has_usual,
        records > 0 and periods_of_now >= 3 and periods_of_then >= 3 as has_level
    from own
),

together as (
    select
        *,
        sum(case when has_usual then records else 0 end) over (partition by feed, period) as all_records,
        sum(case when has_usual then usual_records else 0 end) over (partition by feed, period) as all_usual,
        sum(case when has_level then level_now else 0 end) over (partition by feed, period) as all_now,
        sum(case when has_level then level_then else 0 end) over (partition by feed, period) as all_then
    from compared
),

final as (
    select
        feed, submitter_code, period, records, periods_before,
        case when periods_before > 0 then usual_records end as usual_records,
        case when has_usual and all_usual > usual_records
            then (all_records - records) / (all_usual - usual_records) end as others_against_usual,
        case when has_level then level_now end as level_now,
        case when has_level then level_then end as level_then,
        case when has_level and all_then > level_then and all_now > level_now
            then (all_now - level_now) / (all_then - level_then) end as others_against_then
    from together
)

select * from final

{#- The data quality score of a submitter, from published counts as NHS England's Data Quality Maturity Index makes it from its
    own: the mean score of the items, times coverage. An item's score is its valid share less its defaults in excess.
    docs/reference/data-quality-score.md states it. -#}
{{ config(materialized='view', schema='marts', contract={'enforced': false}) }}
with part as (
    select feed, period, period_end, max(period_end) over (partition by feed) as newest
    from {{ source('run', 'part') }}
),

{# What a row is about: one period, or the last twelve months. #}
span as (
    select feed, period, period as span from part
    union all
    select feed, period, {{ last_12_months() }} as span from part where period_end > newest - interval 12 month
),

presence as (
    select feed, coalesce(submitter_code, 'not stated') as submitter_code, period, is_expected, records > 0 as is_sent
    from {{ ref('quality_submitter_period') }}
    union all
    select feed, 'all' as submitter_code, period, is_expected, records > 0 as is_sent
    from {{ ref('quality_submitter_period') }}
),

coverage as (
    select
        span.feed, presence.submitter_code, span.span,
        count(case when presence.is_expected then 1 end) as periods_expected,
        count(case when presence.is_expected and presence.is_sent then 1 end) as periods_submitted
    from span
    inner join presence on span.feed = presence.feed and span.period = presence.period
    group by span.feed, presence.submitter_code, span.span
),

{# A hidden count is taken as none. #}
counted as (
    select
        span.feed, item.submitter_code, span.span, item.item,
        sum(item.expected) as records,
        sum(coalesce(item.valid, 0)) as valid,
        sum(coalesce(item.defaults, 0)) as defaults
    from span
    inner join {{ ref('pub_data_quality_item') }} as item on span.feed = item.feed and span.period = item.period
    where item.value_status <> 'not_submitted'
    group by span.feed, item.submitter_code, span.span, item.item
),

scored as (
    select
        counted.feed, counted.submitter_code, counted.span,
        cast(counted.valid as double) / counted.records as valid_share,
        greatest(counted.defaults - counted.records * threshold.default_threshold_pct / 1e2, 0e0) / counted.records
            as excess_share,
        cast(coverage.periods_submitted as double) / coverage.periods_expected as coverage
    from counted
    inner join {{ ref('default_threshold') }} as threshold on counted.item = threshold.item
    inner join coverage
        on counted.feed = coverage.feed
        and counted.submitter_code = coverage.submitter_code
        and counted.span = coverage.span
    where counted.records >= {{ least_records_of_an_item() }} and coverage.periods_expected > 0
),

by_feed as (
    select
        coverage.feed, coverage.submitter_code, coverage.span, coverage.periods_expected, coverage.periods_submitted,
        count(scored.valid_share) as items_scored,
        {{ ordered_mean('scored.valid_share') }} as valid_share,
        {{ ordered_mean('coalesce(scored.excess_share, 0e0)') }} as excess_share,
        case when coverage.periods_expected > 0
            then cast(coverage.periods_submitted as double) / coverage.periods_expected end as coverage
    from coverage
    left join scored
        on coverage.feed = scored.feed
        and coverage.submitter_code = scored.submitter_code
        and coverage.span = scored.span
    group by
        coverage.feed, coverage.submitter_code, coverage.span, coverage.periods_expected, coverage.periods_submitted
),

{# A submitter over all its feeds: every item of every feed weighs the same, and so does its coverage. #}
by_submitter as (
    select
        'all' as feed, scored.submitter_code, scored.span,
        cast(null as bigint) as periods_expected, cast(null as bigint) as periods_submitted,
        count(*) as items_scored,
        {{ ordered_mean('scored.valid_share') }} as valid_share,
        {{ ordered_mean('coalesce(scored.excess_share, 0e0)') }} as excess_share,
        {{ ordered_mean('scored.coverage') }} as coverage
    from scored
    where scored.span = {{ last_12_months() }} and scored.submitter_code <> 'all'
    group by scored.submitter_code, scored.span
),

together as (
    select * from by_feed
    union all
    select * from by_submitter
),

final as (
    select
        feed, submitter_code, span as period, periods_expected, periods_submitted, items_scored,
        1e2 * coverage as coverage_pct,
        1e2 * valid_share as valid_pct,
        case when items_scored > 0 then 1e2 * excess_share end as excess_pct,
        case
            when coverage = 0 then 0e0
            when items_scored > 0 then 1e2 * coverage * (valid_share - excess_share)
        end as score
    from together
)

select * from final

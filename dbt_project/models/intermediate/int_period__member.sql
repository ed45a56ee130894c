{#- Which parts make up which published period. A period is there only when every part of it is. -#}
with month_part as (
    select
        feed,
        period as source_period,
        period_start,
        period_end,
        {{ months_counted('period_end') }} as month_number
    from {{ source('run', 'part') }}
    where period_grain = 'month'
),

single_month as (
    select
        feed, source_period, 'month' as period_type, period_start, period_end, true as is_last_part
    from month_part
),

{%- for months in [3, 12] %}

rolling_{{ months }}_candidate as (
    select
        last_month.feed,
        member.source_period,
        'rolling_{{ months }}m' as period_type,
        min(member.period_start) over (partition by last_month.feed, last_month.period_end) as period_start,
        last_month.period_end,
        member.period_end = last_month.period_end as is_last_part,
        count(*) over (partition by last_month.feed, last_month.period_end) as months
    from month_part as last_month
    inner join month_part as member
        on last_month.feed = member.feed
        and member.month_number between last_month.month_number - {{ months - 1 }} and last_month.month_number
),
{%- endfor %}

financial_candidate as (
    select
        feed,
        source_period,
        'financial_year' as period_type,
        min(period_start) over (partition by feed, floor((month_number - 4) / 12)) as period_start,
        max(period_end) over (partition by feed, floor((month_number - 4) / 12)) as period_end,
        period_end = max(period_end) over (partition by feed, floor((month_number - 4) / 12)) as is_last_part,
        count(*) over (partition by feed, floor((month_number - 4) / 12)) as months
    from month_part
),

{# The year under way, from its April: the months so far, all of them, until the year is whole. #}
year_to_date_candidate as (
    select
        feed,
        source_period,
        'financial_year_to_date' as period_type,
        min(period_start) over (partition by feed) as period_start,
        max(period_end) over (partition by feed) as period_end,
        period_end = max(period_end) over (partition by feed) as is_last_part,
        (min(month_number) over (partition by feed) - 4) % 12 = 0 as begins_in_april,
        max(month_number) over (partition by feed) - min(month_number) over (partition by feed) + 1 as months_expected,
        count(*) over (partition by feed) as months
    from (
        select
            *,
            floor((month_number - 4) / 12) = max(floor((month_number - 4) / 12)) over (partition by feed) as is_newest_year
        from month_part
    )
    where is_newest_year
),

whole_year as (
    select
        feed, period as source_period, 'financial_year' as period_type, period_start, period_end, true as is_last_part
    from {{ source('run', 'part') }}
    where period_grain = 'financial_year'
),

{# A cohort of an audit is published for the financial year it ends in: December to November. #}
cohort_year as (
    select
        feed, source_period, 'cohort_year' as period_type,
        {{ rolling_year_start(last_first_of(12, 'period_end') ~ ' - 1') }} as period_start,
        {{ last_first_of(12, 'period_end') }} - 1 as period_end,
        true as is_last_part
    from whole_year
    where feed = 'national_audit'
),

{# Figures that a publication gives for the last day of each month. #}
printed_month_end as (
    select
        feed, source_period, 'month_end' as period_type, period_end as period_start, period_end, true as is_last_part
    from month_part
    where feed = 'lda_inpatient'
),

{# The month-end census is the last week ending in the month, and only if no later one is still to come. #}
week_part as (
    select
        feed,
        period as source_period,
        period_end,
        row_number() over (
            partition by feed, year(period_end), month(period_end) order by period_end desc
        ) as weeks_from_end
    from {{ source('run', 'part') }}
    where period_grain = 'week'
),

month_end as (
    select
        feed, source_period, 'month_end' as period_type, period_end as period_start, period_end, true as is_last_part
    from week_part
    where weeks_from_end = 1 and datediff('day', period_end, last_day(period_end)) < 7
),

{# A snapshot at the end of a quarter is a census of that day. #}
snapshot as (
    select
        feed, period as source_period, 'month_end' as period_type, period_end as period_start, period_end,
        true as is_last_part
    from {{ source('run', 'part') }}
    where period_grain = 'quarter'
),

final as (
    select feed, source_period, period_type, period_start, period_end, is_last_part from single_month
    union all
    {% for months in [3, 12] -%}
    select feed, source_period, period_type, period_start, period_end, is_last_part
    from rolling_{{ months }}_candidate
    where months = {{ months }}
    union all
    {% endfor -%}
    {# The file of the whole year replaces its months: the same activity, once. #}
    select
        candidate.feed, candidate.source_period, candidate.period_type, candidate.period_start, candidate.period_end,
        candidate.is_last_part
    from financial_candidate as candidate
    left join whole_year on candidate.feed = whole_year.feed and candidate.period_end = whole_year.period_end
    where candidate.months = 12 and whole_year.feed is null
    union all
    select feed, source_period, period_type, period_start, period_end, is_last_part from whole_year
    union all
    select feed, source_period, period_type, period_start, period_end, is_last_part
    from year_to_date_candidate
    where begins_in_april and months = months_expected and months < 12
    union all
    {% for kind in ['cohort_year', 'printed_month_end', 'month_end'] -%}
    select feed, source_period, period_type, period_start, period_end, is_last_part from {{ kind }}
    union all
    {% endfor -%}
    select feed, source_period, period_type, period_start, period_end, is_last_part from snapshot
)

select * from final

{# Statistical process control of a monthly series (XmR chart): a complete SELECT, one row a point.
   Formula: limits = mean -/+ 2.66 * mean moving range, over the first `fix_after` points or all. A point is special when it
   is, first that applies: outside the limits; part of a trend of seven (six steps the same way); one of two out of three on
   one side beyond two thirds of the way to a limit; part of seven on one side of the mean.
   Source: NHS England Making Data Count; NHSRplotthedots ptd_spc, whose labels these are. By default no moving range is
   screened out, as in NHS England's own tool; with `screen_outliers` ranges of 3.267 times their mean or more are
   dropped once. A constant series has its mean as limits (the peer gives none).
   rows, keys     relation, one row a series and period; rows without a value are left out
   period         sortable, unique in its series; value in its unit
   improvement    expression: 'increase', 'decrease' or 'neutral'
   target         expression in the unit of the value, or NULL
   fix_after      number of points the limits come from, or none for all
   Result: keys, period, value, mean, lower_limit, upper_limit, is_outside_limits, side_of_mean, is_close_to_limit,
   special_cause_type, point_type, has_trial_limits (fewer than twelve points), assurance_type (consistent_pass, consistent_fail,
   inconsistent; NULL without target or for neutral). One point alone has no limits. #}
{% macro spc_points(
    rows, keys, period, value, improvement="'increase'", target='cast(null as double)', fix_after=none, screen_outliers=false
) -%}
with spc_series as (
    select
        {{ key_columns(keys) }}
        list(struct_pack(
            period := {{ period }},
            y := cast({{ value }} as double),
            improvement := {{ improvement }},
            target := cast({{ target }} as double)
        ) order by {{ period }}) as points
    from {{ rows }}
    where {{ value }} is not null
    group by all
),

spc_base as (
    select
        *,
        {% if fix_after is none -%}
        list_transform(points, lambda p: p.y) as base
        {%- else -%}
        list_transform(points[:{{ fix_after }}], lambda p: p.y) as base
        {%- endif %}
    from spc_series
),

spc_range as (
    select
        *,
        case when list_min(base) = list_max(base) then list_min(base) else list_sum(base) / len(base) end as mean,
        list_transform(range(2, len(base) + 1), lambda i: abs(base[i] - base[i - 1])) as ranges
    from spc_base
),

spc_screened as (
    select
        * exclude (ranges),
        {% if screen_outliers -%}
        list_filter(
            ranges, lambda r: r = 0e0 or r < {{ spc_range_limit() }} * (list_sum(ranges) / len(ranges))
        ) as ranges
        {%- else -%} ranges {%- endif %}
    from spc_range
),

spc_limit as (
    select
        * exclude (base, ranges, points),
        {{ spc_factor() }} * list_sum(ranges) / nullif(len(ranges), 0) as reach,
        len(base) as base_points,
        unnest(points) as point
    from spc_screened
),

spc_point as (
    select
        * exclude (point, reach),
        point.period as period,
        point.y as y,
        point.improvement as improvement,
        point.target as target,
        mean - reach as lower_limit,
        mean + reach as upper_limit,
        point.y < mean - reach or point.y > mean + reach as is_outside_limits,
        cast(sign(point.y - mean) as integer) as side_of_mean,
        not (point.y < mean - reach or point.y > mean + reach)
        and abs(point.y - mean) > 2e0 / 3e0 * reach as is_close_to_limit
    from spc_limit
),

spc_step as (
    select *, cast(sign(y - lag(y) over spc_order) as integer) as step
    from spc_point
    window spc_order as ({{ partition_by(keys) }} order by period)
),

{# Does a run end here? Runs are counted in integers, and only full windows count. #}
spc_run_end as (
    select
        *,
        abs(sum(step) over (spc_order rows between 5 preceding and current row)) = 6 as ends_trend,
        abs(sum(side_of_mean) over (spc_order rows between 6 preceding and current row)) = 7 as ends_one_side,
        abs(sum(side_of_mean) over (spc_order rows between 2 preceding and current row)) = 3
        and count(*) filter (where is_close_to_limit) over (spc_order rows between 2 preceding and current row) >= 2
            as ends_two_in_three
    from spc_step
    window spc_order as ({{ partition_by(keys) }} order by period)
),

spc_run as (
    select
        *,
        coalesce(bool_or(ends_trend) over (spc_order rows between current row and 6 following), false) as in_trend,
        coalesce(bool_or(ends_one_side) over (spc_order rows between current row and 6 following), false) as in_one_side,
        is_close_to_limit
        and coalesce(bool_or(ends_two_in_three) over (spc_order rows between current row and 2 following), false)
            as in_two_in_three
    from spc_run_end
    window spc_order as ({{ partition_by(keys) }} order by period)
),

{# A turning point between two trends belongs to the one that follows. #}
spc_direction as (
    select
        *,
        case when lead(in_trend) over spc_order then lead(step) over spc_order else step end as direction,
        last_value(target) over (spc_order rows between unbounded preceding and unbounded following) as last_target
    from spc_run
    window spc_order as ({{ partition_by(keys) }} order by period)
),

spc_special as (
    select
        *,
        case when side_of_mean > 0 then 'Above' else 'Below' end as side,
        case
            when is_outside_limits then side_of_mean
            when in_trend then case when direction = 1 then 1 else -1 end
            when in_two_in_three or in_one_side then side_of_mean
            else 0
        end as special_direction
    from spc_direction
)

select
    {{ key_columns(keys) }}
    period,
    y as value,
    mean,
    lower_limit,
    upper_limit,
    is_outside_limits,
    side_of_mean,
    is_close_to_limit,
    case
        when is_outside_limits then case when side_of_mean = 1 then 'Above UCL' else 'Below LCL' end
        when in_trend then case when direction = 1 then '7 Point Trend (Increasing)' else '7 Point Trend (Decreasing)' end
        when in_two_in_three then '2 in 3 ' || side || ' CL'
        when in_one_side then '7 Points ' || side || ' CL'
        else 'Common Cause'
    end as special_cause_type,
    case
        when special_direction = 0 then 'common_cause'
        when improvement = 'neutral' and special_direction = 1 then 'special_cause_neutral_high'
        when improvement = 'neutral' then 'special_cause_neutral_low'
        when special_direction = case improvement when 'increase' then 1 else -1 end then 'special_cause_improvement'
        else 'special_cause_concern'
    end as point_type,
    base_points < {{ spc_settled_points() }} as has_trial_limits,
    case
        when last_target is null or improvement = 'neutral' or lower_limit is null then null
        when last_target > upper_limit then case improvement when 'increase' then 'consistent_fail' else 'consistent_pass' end
        when last_target < lower_limit then case improvement when 'increase' then 'consistent_pass' else 'consistent_fail' end
        else 'inconsistent'
    end as assurance_type
from spc_special
{%- endmacro %}

{# 3 / 1.128, the constant of a moving range of two, as NHS England rounds it. #}
{% macro spc_factor() -%} 2.66e0 {%- endmacro %}

{# Upper limit of a moving range over its mean. #}
{% macro spc_range_limit() -%} 3.267e0 {%- endmacro %}

{% macro spc_settled_points() -%} 12 {%- endmacro %}

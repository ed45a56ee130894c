{# Is it rising or falling: the test for a recent trend over the last five points, a complete SELECT.
   Formula: proportions: chi-square for a linear trend (Cochran-Armitage), direction from the least squares slope of the
   logit; other values (rates, SII, gaps): slope weighted by 1 / se^2 with se = (upper - lower) / 2z, chi-square = slope^2
   over its variance. Significant above 9.5495 (99.8 %, one degree of freedom). Then each of the five points is left out
   once: when the direction turns, one point makes the trend and there is no significant change.
   Source: OHID technical guide on recent trends; PHEindicatormethods branch add_trend_markers, whose labels these are.
   The periods must be whole years, independent and unbroken; a break, fewer than five points, or a missing value is
   "Cannot be calculated". For monthly series use spc_points.
   rows, keys     relation, one row a series and period
   period         integer year; years are counted from the first of the five, so no digits are lost
   numerator, denominator   counts, for a proportion
   value, lower, upper      the value and its 95 % limits, for everything else
   Result: keys, recent_trend, recent_trend_reason, trend_chi2, trend_slope (a year; logit for proportions). #}
{% macro trend_test(rows, keys, period, numerator=none, denominator=none, value=none, lower=none, upper=none) -%}
with trend_rows as (
    select
        {{ key_columns(keys) }}
        cast({{ period }} as bigint) as trend_period,
        {% if numerator is not none -%}
        cast({{ numerator }} as double) as trend_numerator,
        cast({{ denominator }} as double) as trend_denominator,
        {{ numerator }} is null or {{ denominator }} is null as trend_is_missing,
        1e0 as trend_weight,
        {# Nobody or everybody has no logit, so no direction. #}
        case when {{ numerator }} > 0 and {{ numerator }} < {{ denominator }}
            then ln(cast({{ numerator }} as double) / cast({{ denominator }} - {{ numerator }} as double))
        end as trend_value
        {%- else -%}
        cast(null as double) as trend_numerator,
        cast(null as double) as trend_denominator,
        {{ value }} is null as trend_is_missing,
        case when {{ upper }} > {{ lower }}
            then power(2e0 * {{ z_score('95') }} / (cast({{ upper }} as double) - cast({{ lower }} as double)), 2)
        end as trend_weight,
        cast({{ value }} as double) as trend_value
        {%- endif %}
    from {{ rows }}
),

trend_ranked as (
    select *, row_number() over ({{ partition_by(keys) }} order by trend_period desc) as trend_rank
    from trend_rows
),

trend_last_five as (
    select *
    from trend_ranked
    where trend_rank <= {{ trend_points() }}
),

trend_year as (
    select
        *,
        cast(trend_period - min(trend_period) over ({{ partition_by(keys) }}) as double) as trend_time
    from trend_last_five
),

{# Each series six times: with all points, and without each of the five. #}
trend_without as (
    select trend_year.*, left_out.trend_left_out
    from trend_year
    cross join (select unnest(range(-1, {{ trend_points() }})) as trend_left_out) as left_out
    where trend_year.trend_time is distinct from left_out.trend_left_out
),

trend_group as (
    select
        {{ key_columns(keys) }}
        trend_left_out,
        count(*) as points,
        count(distinct trend_period) as periods,
        max(trend_period) - min(trend_period) as years,
        bool_or(trend_is_missing) as is_missing,
        count(case when trend_weight is null or trend_value is null then 1 end) as unusable,
        list(
            struct_pack(
                w := trend_weight, t := trend_time, y := trend_value, d := trend_denominator, c := trend_numerator
            ) order by trend_period
        ) as trend_list
    from trend_without
    group by all
),

trend_sums as (
    select
        * exclude (trend_list)
        {%- for name, term in [
            ('w', 'p.w'), ('wt', 'p.w * p.t'), ('wtt', 'p.w * p.t * p.t'), ('wy', 'p.w * p.y'), ('wty', 'p.w * p.t * p.y'),
            ('d', 'p.d'), ('dt', 'p.d * p.t'), ('dtt', 'p.d * p.t * p.t'), ('c', 'p.c'), ('ct', 'p.c * p.t'),
        ] %},
        {{ list_total('trend_list', term) }} as {{ name }}
        {%- endfor %}
    from trend_group
),

trend_slopes as (
    select
        *,
        (w * wty - wt * wy) / nullif(w * wtt - wt * wt, 0e0) as slope,
        {% if numerator is not none -%}
        d * power(d * ct - c * dt, 2) / nullif(c * (d - c) * (d * dtt - dt * dt), 0e0) as chi2
        {%- else -%}
        power(w * wty - wt * wy, 2) / nullif((w * wtt - wt * wt) * w, 0e0) as chi2
        {%- endif %}
    from trend_sums
),

trend_series as (
    select
        {{ key_columns(keys) }}
        max(case when trend_left_out = -1 then points end) as points,
        max(case when trend_left_out = -1 then slope end) as slope,
        max(case when trend_left_out = -1 then chi2 end) as chi2,
        case
            when max(case when trend_left_out = -1 then points end) < {{ trend_points() }} then 'Not enough data points'
            when bool_or(trend_left_out = -1 and (years <> points - 1 or periods <> points)) then 'Break in the series'
            when bool_or(is_missing) then 'Missing values'
            when bool_or(trend_left_out = -1 and (unusable > 0 or slope is null or chi2 is null)) then 'Not evaluable'
        end as refusal,
        count(distinct sign(slope)) > 1 as direction_turns
    from trend_slopes
    group by all
)

select
    {{ key_columns(keys) }}
    case
        when refusal is not null then 'Cannot be calculated'
        when chi2 > {{ trend_critical_value() }} and not direction_turns and slope > 0e0 then 'Increasing'
        when chi2 > {{ trend_critical_value() }} and not direction_turns then 'Decreasing'
        else 'No significant change'
    end as recent_trend,
    case
        when refusal is not null then refusal
        when not chi2 > {{ trend_critical_value() }} then 'No significant trend'
        when direction_turns then 'Outlier found'
        else 'No outliers and significant trend'
    end as recent_trend_reason,
    case when refusal is null then chi2 end as trend_chi2,
    case when refusal is null then slope end as trend_slope
from trend_series
{%- endmacro %}

{% macro trend_points() -%} 5 {%- endmacro %}

{# Chi-square quantile of 0.998 with one degree of freedom, rounded as OHID publishes it. #}
{% macro trend_critical_value() -%} 9.5495e0 {%- endmacro %}

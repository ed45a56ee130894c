{# Means, medians and other percentiles of values with limits: a complete SELECT.
   Mean: Student's t limits, mean -/+ t(n - 1) * sd / sqrt(n). Source: OHID PHEindicatormethods phe_mean.
   Percentile q: limits are the values ranked nq - z sqrt(nq(1-q)) and 1 + nq + z sqrt(nq(1-q)), rounded to whole ranks.
   Source: Campbell and Gardner (1988). A rank outside 1..n gives no limit. The value is that of rank nq, rounded up; where
   nq is whole, the middle of it and the next.
   `value` is in its unit; NULL is left out. Sums run in the order of the values themselves, so equal values need no
   tie-break. One value has no sd and no limits. #}
{% macro mean_with_limits(rows, keys, value) -%}
with mean_group as (
    select
        {{ key_columns(keys) }}
        list(cast({{ value }} as double) order by {{ value }}) filter (where {{ value }} is not null) as points
    from {{ rows }}
    group by all
),

mean_value as (
    select
        *,
        coalesce(len(points), 0) as value_count,
        {# Equal values have exactly themselves as mean, whatever the rounding of the sum. #}
        case when points[1] = points[-1] then points[1] else list_sum(points) / len(points) end as mean
    from mean_group
),

mean_spread as (
    select
        *,
        case when value_count > 1 then sqrt({{ list_total('points', '(p - mean) * (p - mean)') }} / (value_count - 1)) end
            as standard_deviation
    from mean_value
)

select
    {{ key_columns(keys) }}
    value_count,
    case when value_count = 0 then 'not_submitted' else 'shown' end as value_status,
    mean as value,
    standard_deviation
    {%- for level in ['95', '998'] %}{% for side, sign in [('lower', '-'), ('upper', '+')] %},
    mean {{ sign }} {{ student_quantile('(value_count - 1)', level) }} * standard_deviation / sqrt(value_count)
        as {{ side }}_{{ level }}
    {%- endfor %}{% endfor %}
from mean_spread
{%- endmacro %}

{% macro percentiles_with_limits(rows, keys, value, percents=[50]) -%}
with percentile_group as (
    select
        {{ key_columns(keys) }}
        list(cast({{ value }} as double) order by {{ value }}) filter (where {{ value }} is not null) as points
    from {{ rows }}
    group by all
)

{{ percentiles_of_lists('percentile_group', keys, 'points', percents) }}
{%- endmacro %}

{# The same of values that lie sorted in one list a group: one result row a group and percent. #}
{% macro percentiles_of_lists(rows, keys, points, percents=[50]) -%}
{% for percent in percents -%}
{%- set count = "coalesce(len(%s), 0)" % points -%}
{%- set share = "%s * %s / 100e0" % (count, percent) -%}
select
    {{ key_columns(keys) }}
    {{ percent }} as percent,
    {{ count }} as value_count,
    case when {{ count }} = 0 then 'not_submitted' else 'shown' end as value_status,
    ({{ points }}[cast(ceil({{ share }}) as bigint)] + {{ points }}[cast(floor({{ share }}) as bigint) + 1]) / 2e0 as value
    {%- for level in ['95', '998'] %}
    {%- set reach = "%s * sqrt(%s * %s) / 100e0" % (z_score(level), count, percent * (100 - percent)) %}
    {%- for side, rank in [('lower', share ~ ' - ' ~ reach), ('upper', '1e0 + ' ~ share ~ ' + ' ~ reach)] %},
    case when round({{ rank }}) between 1 and {{ count }}
        then cast({{ points }}[cast(round({{ rank }}) as bigint)] as double) end as {{ side }}_{{ level }}
    {%- endfor %}{% endfor %}
from {{ rows }}
{% if not loop.last %}union all
{% endif -%}
{% endfor %}
{%- endmacro %}

{# Means and medians of single values with limits: a complete SELECT.
   Mean: Student's t limits, mean -/+ t(n - 1) * sd / sqrt(n). Source: OHID PHEindicatormethods phe_mean.
   Median: limits are the values ranked n/2 - z sqrt(n)/2 and 1 + n/2 + z sqrt(n)/2, rounded to whole ranks.
   Source: Campbell and Gardner (1988). A rank outside 1..n gives no limit.
   `value` is one value a row (NULL is left out), in its unit. Sums run in the order of the values themselves, so equal
   values need no tie-break. One value has no sd and no limits. #}
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

{% macro median_with_limits(rows, keys, value) -%}
with median_group as (
    select
        {{ key_columns(keys) }}
        list(cast({{ value }} as double) order by {{ value }}) filter (where {{ value }} is not null) as points
    from {{ rows }}
    group by all
),

median_rank as (
    select
        *,
        coalesce(len(points), 0) as value_count
        {%- for level in ['95', '998'] %},
        cast(round(len(points) / 2e0 - {{ z_score(level) }} * sqrt(len(points)) / 2e0) as bigint) as lower_rank_{{ level }},
        cast(round(1e0 + len(points) / 2e0 + {{ z_score(level) }} * sqrt(len(points)) / 2e0) as bigint) as upper_rank_{{ level }}
        {%- endfor %}
    from median_group
)

select
    {{ key_columns(keys) }}
    value_count,
    case when value_count = 0 then 'not_submitted' else 'shown' end as value_status,
    (points[cast(ceil(value_count / 2e0) as bigint)] + points[cast(floor(value_count / 2e0) as bigint) + 1]) / 2e0 as value
    {%- for level in ['95', '998'] %}{% for side in ['lower', 'upper'] %},
    case when {{ side }}_rank_{{ level }} between 1 and value_count then points[{{ side }}_rank_{{ level }}] end
        as {{ side }}_{{ level }}
    {%- endfor %}{% endfor %}
from median_rank
{%- endmacro %}

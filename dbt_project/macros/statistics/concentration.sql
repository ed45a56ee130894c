{# Absolute and relative concentration index (ACI, RCI): a complete SELECT.
   Formula: ACI = sum(p (2b - 1) y), RCI = ACI / mean, p = population share, b = mid-point of the cumulative population from
   the most deprived. ACI = 2 S SII of an untransformed slope, S = sum(p (b - B)^2). Standard error: that of the slope
   of the convenient regression, 2 S times sqrt(sum(p e^2) / ((n - 2) S)), e = residual; normal limits.
   Source: Kakwani, Wagstaff and van Doorslaer (1997); WHO healthequal aci and rci.
   rows, keys as in slope_index; `order_by` is the deprivation group as an integer, 1 = most deprived; `population` in
   persons; `value` in its unit. At least three groups, each with population and value; else NULL with value_status.
   Positive means more of it among the least deprived. Result: keys, value_status, aci, rci, each with _error and limits. #}
{% macro concentration_index(rows, keys, order_by, population, value) -%}
with concentration_rows as (
    select
        {{ key_columns(keys) }}
        try_cast({{ order_by }} as integer) as concentration_order,
        cast({{ population }} as bigint) as concentration_population,
        cast({{ value }} as double) as concentration_value
    from {{ rows }}
),

concentration_point as (
    select
        *,
        {{ population_share('concentration_population', keys) }} as concentration_a,
        {{ population_position('concentration_population', 'concentration_order', keys) }} as concentration_b
    from concentration_rows
),

concentration_group as (
    select
        {{ key_columns(keys) }}
        {{ ordered_group_status('concentration_order', 'concentration_population', 'concentration_value') }} as value_status,
        list(
            struct_pack(a := concentration_a, b := concentration_b, y := concentration_value) order by concentration_order
        ) as points
    from concentration_point
    group by all
),

concentration_mean as (
    select *, {{ list_total('points', 'p.a * p.y') }} as mean, {{ list_total('points', 'p.a * (2e0 * p.b - 1e0) * p.y') }} as aci
    from concentration_group
),

{# The mid-points weighted by the shares have the mean one half. #}
concentration_spread as (
    select *, {{ list_total('points', 'p.a * (p.b - 5e-1) * (p.b - 5e-1)') }} as spread
    from concentration_mean
),

concentration_error as (
    select
        *,
        case when value_status = 'shown' then 2e0 * sqrt(
            spread / (len(points) - 2)
            * {{ list_total('points', 'p.a * power(p.y - mean - (p.b - 5e-1) * aci / (2e0 * spread), 2)') }}
        ) end as aci_error
    from concentration_spread
),

concentration_index as (
    select
        * exclude (aci),
        case when value_status = 'shown' then aci end as aci,
        case when value_status = 'shown' and mean <> 0e0 then aci / mean end as rci,
        case when mean <> 0e0 then abs(aci_error / mean) end as rci_error
    from concentration_error
)

select
    {{ key_columns(keys) }}
    value_status
    {%- for measure in ['aci', 'rci'] %},
    {{ measure }},
    {{ measure }}_error
    {%- for level in ['95', '998'] %},
    {{ measure }} - {{ z_score(level) }} * {{ measure }}_error as {{ measure }}_lower_{{ level }},
    {{ measure }} + {{ z_score(level) }} * {{ measure }}_error as {{ measure }}_upper_{{ level }}
    {%- endfor %}{% endfor %}
from concentration_index
{%- endmacro %}

{# Can an index over ordered groups be made: three or more, each once, each with population and value. An aggregate. #}
{% macro ordered_group_status(order_by, population, value) -%}
    case
        when count(*) < 3 or count(distinct {{ order_by }}) < count(*) then 'not_evaluable'
        when count(case when {{ population }} > 0 then 1 end) < count(*) then 'no_population'
        when count({{ value }}) < count(*) then 'not_evaluable'
        else 'shown'
    end
{%- endmacro %}

{# Absolute gradient of inequality (AGI): slope of the values of small areas on their national deprivation rank; a SELECT.
   Formula: least squares with the population as weight; standard error from the residuals with n - 2 degrees of freedom,
   Student's t limits. Source: NHS England absolute gradient of inequality; Cookson et al. (2018); the same as R's lm.
   `area` is the unique code of the small area (it fixes the order of the sums), `position` its national rank from 0 (least)
   to 1 (most deprived), so that positive means higher in the most deprived; `population` in persons, `value` in its unit.
   Fewer than three areas, or all at one position: NULL with value_status. Result: keys, areas, value_status, intercept,
   agi, agi_error and limits; with `event`, what an event adds to the value of an area, also agi_of_event: the most that
   one event in any of the areas can move the slope. #}
{% macro absolute_gradient(rows, keys, area, position, population, value, event=none) -%}
with gradient_point as (
    select
        {{ key_columns(keys) }}
        {{ area }} as gradient_area,
        cast({{ position }} as double) as gradient_x,
        cast({{ value }} as double) as gradient_y,
        {% if event -%}
        cast({{ event }} as double) as gradient_event,
        {% endif -%}
        cast({{ population }} as bigint) as gradient_population,
        {{ population_share('cast(' ~ population ~ ' as bigint)', keys) }} as gradient_weight
    from {{ rows }}
),

gradient_group as (
    select
        {{ key_columns(keys) }}
        count(*) as areas,
        case
            when count(*) < 3 or min(gradient_x) = max(gradient_x) then 'not_evaluable'
            when count(case when gradient_population > 0 then 1 end) < count(*) then 'no_population'
            when count(gradient_x) < count(*) or count(gradient_y) < count(*) then 'not_evaluable'
            else 'shown'
        end as value_status,
        list(
            struct_pack(
                w := gradient_weight, x := gradient_x, y := gradient_y{{ ', event := gradient_event' if event }}
            ) order by gradient_area
        ) as points
    from gradient_point
    group by all
),

gradient_middle as (
    select *, {{ list_total('points', 'p.w * p.x') }} as middle_x, {{ list_total('points', 'p.w * p.y') }} as middle_y
    from gradient_group
),

gradient_spread as (
    select
        *,
        nullif({{ list_total('points', 'p.w * (p.x - middle_x) * (p.x - middle_x)') }}, 0e0) as spread,
        {{ list_total('points', 'p.w * (p.x - middle_x) * (p.y - middle_y)') }} as product
    from gradient_middle
),

gradient_fit as (
    select
        *,
        case when value_status = 'shown' then product / spread end as agi,
        case when value_status = 'shown' then middle_y - product / spread * middle_x end as intercept,
        case when value_status = 'shown' then sqrt(
            {{ list_total('points', 'p.w * power(p.y - middle_y - product / spread * (p.x - middle_x), 2)') }}
            / ((areas - 2) * spread)
        ) end as agi_error
    from gradient_spread
)

select
    {{ key_columns(keys) }}
    areas,
    value_status,
    intercept,
    agi,
    agi_error
    {%- for level in ['95', '998'] %}{% for side, sign in [('lower', '-'), ('upper', '+')] %},
    agi {{ sign }} {{ student_quantile('(areas - 2)', level) }} * agi_error as agi_{{ side }}_{{ level }}
    {%- endfor %}{% endfor %}
    {%- if event %},
    case when value_status = 'shown' then
        list_max(list_transform(points, lambda p: abs(p.w * (p.x - middle_x) / spread * p.event)))
    end as agi_of_event
    {%- endif %}
from gradient_fit
{%- endmacro %}

{# The next of 1, 2, 5, 10, 20 ... that is not below a number: what a value is rounded to, so that less does not show. #}
{% macro rounding_step(number) -%}
    case when {{ number }} > 0e0 then
        case
            when {{ number }} <= {{ power_of_ten(number) }} then 1e0
            when {{ number }} <= 2e0 * {{ power_of_ten(number) }} then 2e0
            when {{ number }} <= 5e0 * {{ power_of_ten(number) }} then 5e0
            else 10e0
        end * {{ power_of_ten(number) }}
    end
{%- endmacro %}

{% macro power_of_ten(number) -%} power(10e0, floor(log10({{ number }}))) {%- endmacro %}

{# A number as a multiple of a step: the nearest (round), or the next below (floor) or above (ceil). Plus zero: never -0. #}
{% macro to_step(number, step, how) -%} (0e0 + {{ how }}({{ number }} / {{ step }}) * {{ step }}) {%- endmacro %}

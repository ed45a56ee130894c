{# Slope and relative index of inequality (SII, RII), and the new SII for sub-national areas: a complete SELECT.
   Formula: groups from most (1) to least deprived; a = share of the area's population, b = mid-point of the cumulative
   population; least squares of y on b with weights a, y = value on its scale. With B = sum(a b), S = sum(a (b - B)^2) and
   c = a (b - B) / S the slope is sum(c y), its variance sum(c^2 se^2), and the middle fitted(B) = sum(a y).
   SII = fitted(1) - fitted(0), RII = fitted(1) / fitted(0), both back on the scale of the value, then
   SII * multiplier; a negative multiplier turns both round (RII becomes 1 / RII).
   Limits: the slope -/+ z se about the fixed middle; on the identity scale the RII has Fieller's limits. Nothing is simulated.
   Sources: OHID PHEindicatormethods phe_sii (whose simulated limits these agree with); Fieller (1954); the new SII with b
   from England's cumulative population: nhsengland/NEY-Inequalities-Methodologies, Quintiles_new_Sii.

   rows        relation, one row a deprivation group of an area
   keys        names of the columns that make an area (indicator, period ...), none named like a column of the result
   quantile    deprivation group, 1 = most deprived; read as an integer, never ordered as text
   population  persons in the group; position_population: England's persons in the same group, for the new SII
   value       in the unit of the limits; a proportion is a fraction of one when the scale is 'logit'
   quantiles   how many groups there must be: 5 to 100, none missing
   lower, upper  95 % limits of the value; or `error`, the standard error on the scale
   scale       expression: 'log' for rates, 'logit' for proportions, 'identity'
   multiplier  expression; negative where a high value is bad, so that positive means worse for the most deprived
   fit_on_scale  false fits the values as they are; then a rate has no limits
   Result: keys, value_status, limit_status, sii, rii, each with _lower_95, _upper_95, _lower_998, _upper_998,
   fitted_most, fitted_least (without the multiplier), position_spread (S). #}
{% macro slope_index(
    rows, keys, quantile, population, value, quantiles, lower='cast(null as double)', upper='cast(null as double)',
    error=none, scale="'identity'", multiplier='1e0', fit_on_scale=true, position_population=none
) -%}
{%- set on_scale = error if error is not none else error_on_scale('(' ~ lower ~ ')', '(' ~ upper ~ ')', scale) -%}
with slope_rows as (
    select
        {{ key_columns(keys) }}
        try_cast({{ quantile }} as integer) as slope_order,
        cast({{ population }} as bigint) as slope_population,
        cast({{ position_population or population }} as bigint) as slope_position_population,
        cast({{ value }} as double) as slope_value,
        {{ on_scale }} as slope_error,
        {{ scale }} as slope_scale,
        cast({{ multiplier }} as double) as slope_multiplier,
        cast({{ quantiles }} as integer) as slope_quantiles
    from {{ rows }}
),

slope_point as (
    select
        *,
        {{ population_share('slope_population', keys) }} as slope_a,
        {{ population_position('slope_position_population', 'slope_order', keys) }} as slope_b,
        {{ to_scale('slope_value', 'slope_scale') }} as slope_y
    from slope_rows
),

slope_group as (
    select
        {{ key_columns(keys) }}
        max(slope_multiplier) as slope_factor,
        {% if fit_on_scale -%} max(slope_scale) {%- else -%} 'identity' {%- endif %} as fit_scale,
        case
            when count(*) <> max(slope_quantiles) or count(distinct slope_order) <> max(slope_quantiles)
                or max(slope_quantiles) not between 5 and 100 then 'not_evaluable'
            when count(case when slope_population > 0 and slope_position_population > 0 then 1 end) < count(*)
                then 'no_population'
            {# Zero or one has no log or logit, and its limits none either. #}
            when count(slope_y) < count(*) then 'not_evaluable'
            else 'shown'
        end as value_status,
        list(
            struct_pack(
                a := slope_a,
                b := slope_b,
                {% if fit_on_scale -%}
                y := slope_y,
                centre := slope_y,
                error := slope_error
                {%- else -%}
                y := slope_value,
                {# The limits of an untransformed proportion are those of a value that is normal on the logit. #}
                centre := {{ natural_mean('slope_value', 'slope_error', 'slope_scale') }},
                error := {{ natural_error('slope_value', 'slope_error', 'slope_scale') }},
                third := {{ natural_third_moment('slope_value', 'slope_error', 'slope_scale') }}
                {%- endif %}
            ) order by slope_order
        ) as points
    from slope_point
    group by all
),

slope_middle as (
    select
        *,
        {{ list_total('points', 'p.a * p.y') }} as middle,
        {{ list_total('points', 'p.a * p.centre') }} as limit_middle,
        {{ list_total('points', 'p.a * p.b') }} as position
    from slope_group
),

slope_spread as (
    select *, nullif({{ list_total('points', 'p.a * (p.b - position) * (p.b - position)') }}, 0e0) as spread
    from slope_middle
),

slope_fit as (
    select
        *,
        {{ list_total('points', 'p.a * (p.b - position) * p.y') }} / spread as slope,
        {{ list_total('points', 'p.a * (p.b - position) * p.centre') }} / spread as limit_slope,
        case when value_status = 'shown' and len(list_filter(points, lambda p: p.error is null)) = 0 then
            sqrt({{ list_total('points', 'power(p.a * (p.b - position) / spread * p.error, 2)') }})
        end as slope_error
        {# Variances of the two ends and their covariance, for the ratio on the identity scale. #}
        {%- for name, first, second in [('variance_most', 0, 0), ('variance_least', 1, 1), ('covariance', 0, 1)] %},
        {{ list_total('points', 'p.a * p.a * (1e0 + (' ~ first ~ 'e0 - position) * (p.b - position) / spread) * (1e0 + ('
            ~ second ~ 'e0 - position) * (p.b - position) / spread) * p.error * p.error') }} as {{ name }}
        {%- endfor %}
    from slope_spread
),

slope_ends as (
    select
        *,
        {{ slope_end('middle', 'slope', 0) }} as fitted_most,
        {{ slope_end('middle', 'slope', 1) }} as fitted_least,
        {{ slope_end('limit_middle', 'limit_slope', 0) }} as limit_most,
        {{ slope_end('limit_middle', 'limit_slope', 1) }} as limit_least
    from slope_fit
),

{# What the skewness of the values adds to a limit, for each unit of (z^2 - 1): the first Cornish-Fisher term. Values that
   are fitted on their scale are normal there and add nothing. #}
slope_skewed as (
    select
        *,
        {% if fit_on_scale -%}
        0e0 as difference_skew,
        0e0 as ratio_skew
        {%- else -%}
        coalesce({{ list_total('points', 'power(p.a * (p.b - position) / spread, 3) * p.third') }}
            / nullif(6e0 * slope_error * slope_error, 0e0), 0e0) as difference_skew,
        coalesce(
            {{ list_total('points', 'power(p.a * (1e0 + (1e0 - position) * (p.b - position) / spread'
                ~ ' - limit_least / limit_most * (1e0 - position * (p.b - position) / spread)), 3) * p.third') }}
            / nullif(6e0 * limit_most * (
                variance_least - 2e0 * limit_least / limit_most * covariance
                + power(limit_least / limit_most, 2) * variance_most
            ), 0e0),
            0e0
        ) as ratio_skew
        {%- endif %}
    from slope_ends
),

slope_index as (
    select
        *,
        fitted_least - fitted_most as difference,
        {{ positive_ratio('fitted_least', 'fitted_most') }} as ratio
        {%- for level in ['95', '998'] %}{% for side, sign in [('lower', '-'), ('upper', '+')] -%}
        {%- set at = 'limit_slope ' ~ sign ~ ' ' ~ z_score(level) ~ ' * slope_error' %}
        {%- set skew = '(power(' ~ z_score(level) ~ ', 2) - 1e0)' %},
        {{ slope_end('limit_middle', at, 1) }} - {{ slope_end('limit_middle', at, 0) }} + {{ skew }} * difference_skew
            as difference_{{ side }}_{{ level }},
        case
            when fit_scale = 'identity' then {{ fieller_limit(
                'limit_least', 'limit_most', 'variance_least', 'variance_most', 'covariance', level, side
            ) }} + {{ skew }} * ratio_skew
            else {{ positive_ratio(slope_end('limit_middle', at, 1), slope_end('limit_middle', at, 0)) }}
        end as ratio_{{ side }}_{{ level }}
        {%- endfor %}{% endfor %}
    from slope_skewed
)

select
    {{ key_columns(keys) }}
    value_status,
    case when value_status <> 'shown' then value_status when slope_error is null then 'not_evaluable' else 'shown' end
        as limit_status,
    case when value_status = 'shown' then slope_factor * difference end as sii,
    case when value_status = 'shown' then case when slope_factor < 0 then 1e0 / ratio else ratio end end as rii,
    {% for level in ['95', '998'] -%}{% for side, other in [('lower', 'upper'), ('upper', 'lower')] -%}
    case when value_status = 'shown' then
        slope_factor
        * case when slope_factor < 0 then difference_{{ other }}_{{ level }} else difference_{{ side }}_{{ level }} end
    end as sii_{{ side }}_{{ level }},
    {# A limit of a ratio that is not above zero is no ratio, and could not be turned round. #}
    case
        when value_status <> 'shown' or slope_error is null then null
        when slope_factor < 0 and ratio_{{ other }}_{{ level }} > 0e0 then 1e0 / ratio_{{ other }}_{{ level }}
        when slope_factor >= 0 and ratio_{{ side }}_{{ level }} > 0e0 then ratio_{{ side }}_{{ level }}
    end as rii_{{ side }}_{{ level }},
    {% endfor %}{% endfor -%}
    case when value_status = 'shown' then fitted_most end as fitted_most,
    case when value_status = 'shown' then fitted_least end as fitted_least,
    case when value_status = 'shown' then spread end as position_spread
from slope_index
{%- endmacro %}

{# Fitted value at the most (0) or least deprived end (1) for a slope about the fixed middle. #}
{% macro slope_end(middle, slope, end) -%}
    ({{ from_scale('(' ~ middle ~ ' + (' ~ end ~ 'e0 - position) * (' ~ slope ~ '))', 'fit_scale') }})
{%- endmacro %}

{# A ratio of two ends means something only where both are above zero. #}
{% macro positive_ratio(numerator, denominator) -%}
    case when {{ numerator }} > 0e0 and {{ denominator }} > 0e0 then {{ numerator }} / {{ denominator }} end
{%- endmacro %}

{# Fieller's limits of a ratio of two estimates with a covariance; NULL where the denominator may be zero. #}
{% macro fieller_limit(numerator, denominator, numerator_variance, denominator_variance, covariance, level, side) -%}
    {%- set z2 = "power(" ~ z_score(level) ~ ", 2)" -%}
    {%- set square = "(" ~ denominator ~ " * " ~ denominator ~ " - " ~ z2 ~ " * " ~ denominator_variance ~ ")" -%}
    {%- set product = "(" ~ numerator ~ " * " ~ denominator ~ " - " ~ z2 ~ " * " ~ covariance ~ ")" -%}
    {%- set free = "(" ~ numerator ~ " * " ~ numerator ~ " - " ~ z2 ~ " * " ~ numerator_variance ~ ")" -%}
    case when {{ numerator }} > 0e0 and {{ denominator }} > 0e0 and {{ square }} > 0e0 then
        (
            {{ product }}
            {{ '-' if side == 'lower' else '+' }} sqrt(greatest(0e0, power({{ product }}, 2) - {{ square }} * {{ free }}))
        ) / {{ square }}
    end
{%- endmacro %}

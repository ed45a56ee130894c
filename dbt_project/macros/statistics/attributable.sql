{# Population attributable risk, fraction and number: a complete SELECT.
   Formula: PAR = value of the least deprived group - mean, PAF = 100 PAR / mean (per cent), number = PAR times the
   population, in events; all three are 0 where the reference is not the better one, negative for an adverse indicator
   (what would be avoided) and positive for a favourable one. Limits from Walter's standard error of the fraction.
   Source: Walter (1978); WHO healthequal parisk and paf. The peer leaves the error of the PAF a fraction beside a
   percentage, so its PAF limits are 100 times too narrow; here they are those of the PAR over the mean.
   rows, keys as in slope_index; `order_by` is the deprivation group as an integer, the highest is the least deprived and
   the reference; `population` in persons; `value` per `multiplier` persons (100 for per cent); `is_favourable` is a
   boolean expression: true where a high value is good. Result: keys, value_status, par, paf, attributable_number, par_... and
   paf_lower_95 to _upper_998. #}
{% macro attributable_risk(rows, keys, order_by, population, value, multiplier, is_favourable) -%}
with attributable_rows as (
    select
        {{ key_columns(keys) }}
        try_cast({{ order_by }} as integer) as attributable_order,
        cast({{ population }} as bigint) as attributable_population,
        cast({{ value }} as double) as attributable_value,
        cast({{ multiplier }} as double) as attributable_multiplier,
        {{ is_favourable }} as attributable_favourable
    from {{ rows }}
),

attributable_point as (
    select
        *,
        {{ population_share('attributable_population', keys) }} as attributable_share,
        attributable_order = max(attributable_order) over ({{ partition_by(keys) }}) as attributable_is_reference
    from attributable_rows
),

attributable_group as (
    select
        {{ key_columns(keys) }}
        {{ ordered_group_status('attributable_order', 'attributable_population', 'attributable_value') }} as group_status,
        {{ ordered_sum('attributable_share * attributable_value', 'attributable_order') }} as mean,
        max(case when attributable_is_reference then attributable_value end) as reference,
        cast(max(case when attributable_is_reference then attributable_population end) as double) as reference_population,
        cast(sum(attributable_population) as double) as attributable_people,
        max(attributable_multiplier) as attributable_base,
        bool_and(attributable_favourable) as is_favourable
    from attributable_point
    group by all
),

{# Persons of a two by two table: outside and in the reference group, with and without the event. #}
attributable_table as (
    select
        *,
        case when group_status = 'shown' and not coalesce(mean > 0e0, false) then 'not_evaluable' else group_status end
            as value_status,
        mean / attributable_base * attributable_people - reference / attributable_base * reference_population as others_with,
        attributable_people - reference_population - others_with as others_without,
        reference / attributable_base * reference_population as reference_with,
        reference_population - reference_with as reference_without
    from attributable_group
),

attributable_error as (
    select
        *,
        case when is_favourable = (reference > mean) then reference - mean else 0e0 end as par,
        reference_with * attributable_people * (
            others_with * reference_without * (attributable_people - reference_with)
            + others_without * reference_with * reference_with
        ) as error_numerator,
        power(others_with + reference_with, 3) * power(reference_population, 3) as error_denominator
    from attributable_table
),

attributable_risk as (
    select
        *,
        case when value_status = 'shown' and error_numerator > 0e0 and error_denominator > 0e0
            then mean * sqrt(error_numerator / error_denominator)
        end as par_error
    from attributable_error
)

select
    {{ key_columns(keys) }}
    value_status,
    case when value_status = 'shown' then par end as par,
    case when value_status = 'shown' then 1e2 * par / mean end as paf,
    case when value_status = 'shown' then par / attributable_base * attributable_people end as attributable_number
    {%- for level in ['95', '998'] %}{% for side, sign in [('lower', '-'), ('upper', '+')] %},
    case when value_status = 'shown' then par {{ sign }} {{ z_score(level) }} * par_error end as par_{{ side }}_{{ level }},
    case when value_status = 'shown' then 1e2 * (par {{ sign }} {{ z_score(level) }} * par_error) / mean end
        as paf_{{ side }}_{{ level }}
    {%- endfor %}{% endfor %}
from attributable_risk
{%- endmacro %}

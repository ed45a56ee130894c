{#- Gaps between two groups, absolute and relative: the most and least deprived quintile, Core20 and the rest, each ethnic
    group and White, and the members of each PLUS group and everybody else; with how far each could move if everybody's group were known. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
{%- set numbers = ['value', 'lower_95', 'upper_95', 'log_variance', 'numerator', 'denominator'] -%}
with pair as (
    {% for breakdown, most, least, dimension in [
        ('imd_quintile', '1', '5', 'imd_quintile_1_and_5'),
        ('core20', 'core20', 'rest', 'core20_and_rest'),
        ('practice_imd_quintile', '1', '5', 'practice_imd_quintile_1_and_5'),
        ('ethnic_group_5', 'Mixed', 'White', 'ethnic_group_5_mixed_and_white'),
        ('ethnic_group_5', 'Asian', 'White', 'ethnic_group_5_asian_and_white'),
        ('ethnic_group_5', 'Black', 'White', 'ethnic_group_5_black_and_white'),
        ('ethnic_group_5', 'Other', 'White', 'ethnic_group_5_other_and_white'),
    ] -%}
    select
        '{{ breakdown }}' as breakdown, '{{ dimension }}' as dimension, '{{ most }}' as most, '{{ least }}' as least
    union all
    {% endfor -%}
    select
        'plus_' || plus_group_id as breakdown, 'plus_' || plus_group_id as dimension, 'member' as most, 'not_member' as least
    from {{ ref('int_plus_group') }}
),

compared as (
    select
        valued.*,
        pair.dimension,
        case valued.category when pair.most then 'most' when pair.least then 'least' else 'unknown' end as side
    from {{ ref('int_publication__value') }} as valued
    inner join pair
        on valued.breakdown = pair.breakdown and valued.category in (pair.most, pair.least, 'unknown')
    {# The resident population is not known by PLUS group: there are numbers of events, and no rates to compare. #}
    where not (valued.denominator_type = 'population' and pair.dimension like 'plus%')
        {# Of a percentile the catalogue asks for the two differences by deprivation. #}
        and not ({{ is_percentile('valued') }} and pair.breakdown not in ('imd_quintile', 'core20'))
),

{# An area with nobody in one of the two groups keeps its row: there is nothing to compare with, and the row says so. #}
paired as (
    select
        indicator_id, indicator_version, feed, denominator_type, measure_type, polarity, unit,
        period_type, period_start, period_end,
        area_type, area_code, area_name_published, organisation_edition, dimension, imd_edition,
        {% for side in ['most', 'least'] -%}
        {% for number in numbers -%}
        max({{ number }}) filter (where side = '{{ side }}') as {{ side }}_{{ number }},
        {% endfor -%}
        coalesce(max(value_status) filter (where side = '{{ side }}'), 'not_evaluable') as {{ side }}_status,
        {% endfor -%}
        count(*) filter (where side = 'unknown') as unknown_rows,
        max(numerator) filter (where side = 'unknown') as unknown_numerator,
        max(denominator) filter (where side = 'unknown') as unknown_denominator,
        min(caution) filter (where side <> 'unknown') as caution
    from compared
    group by all
    having count(*) filter (where side <> 'unknown') > 0
),

bounded as (
    select
        *,
        {# A count that is hidden gives no bounds; nobody unknown gives the gap itself. Standardised rates have none: an
           unknown person has no age band to stand in. Residents are counted by population, unknown events by none. #}
        case
            when measure_type not in ('proportion', 'crude_rate') then null
            when unknown_rows = 0 then 0
            else unknown_numerator
        end as extra_numerator,
        case when unknown_rows = 0 or denominator_type = 'population' then 0 else unknown_denominator end as extra_denominator
    from paired
),

judged as (
    select
        bounded.*,
        {% for side in ['lower', 'upper'] -%}
        indicator.multiplier * {{ gap_bound(
            'bounded.most_numerator', 'bounded.most_denominator', 'bounded.least_numerator', 'bounded.least_denominator',
            'bounded.extra_numerator', 'bounded.extra_denominator', side
        ) }} as difference_bound_{{ side }},
        {% endfor -%}
        case
            when 'withheld_quality' in (most_status, least_status) then 'withheld_quality'
            when 'suppressed' in (most_status, least_status) then 'suppressed'
            when most_status <> 'shown' then most_status
            else least_status
        end as gap_status
    from bounded
    inner join {{ source('run', 'indicator') }} as indicator on bounded.indicator_id = indicator.indicator_id
),

absolute as (
    select
        *,
        'absolute_gap' as measure,
        {{ gap_absolute('most_value', 'least_value') }} as difference,
        {% for side in ['lower', 'upper'] -%}
        {# No method is chosen for limits of a difference of percentiles: the method column says so. #}
        case when not {{ is_percentile('judged') }} then
            {{ gap_absolute_limit(
                'most_value', 'most_lower_95', 'most_upper_95', 'least_value', 'least_lower_95', 'least_upper_95', side
            ) }}
        end as difference_{{ side }}{{ ',' if not loop.last }}
        {% endfor %}
    from judged
),

relative as (
    select
        *,
        'relative_gap' as measure,
        {{ gap_relative('most_value', 'least_value') }} as ratio,
        {{ gap_relative_limit('most_value', 'most_log_variance', 'least_value', 'least_log_variance', '95', 'lower') }}
            as ratio_lower,
        {{ gap_relative_limit('most_value', 'most_log_variance', 'least_value', 'least_log_variance', '95', 'upper') }}
            as ratio_upper
    from judged
),

signed as (
    select
        indicator_id, indicator_version, feed, denominator_type, polarity, period_type, period_start, period_end,
        area_type, area_code, area_name_published, organisation_edition,
        dimension,
        imd_edition, measure, caution,
        gap_status as value_status,
        unit,
        case
            when dimension like 'ethnic%' then 'group minus White; '
            when dimension like 'plus%' then 'members minus everybody else; '
            else 'most minus least deprived; '
        end || case measure_type
            when 'proportion' then 'Newcombe'
            when 'median' then 'no limits: no method is chosen for a difference of medians'
            when 'percentile_92' then 'no limits: no method is chosen for a difference of percentiles'
            else 'square-and-add limits'
        end as method,
        case polarity when 'higher_better' then -difference else difference end as value,
        case polarity when 'higher_better' then -difference_upper else difference_lower end as lower_95,
        case polarity when 'higher_better' then -difference_lower else difference_upper end as upper_95,
        case polarity when 'higher_better' then -difference_bound_upper else difference_bound_lower end as bound_lower,
        case polarity when 'higher_better' then -difference_bound_lower else difference_bound_upper end as bound_upper
    from absolute
    union all
    select
        indicator_id, indicator_version, feed, denominator_type, polarity, period_type, period_start, period_end,
        area_type, area_code, area_name_published, organisation_edition,
        dimension,
        imd_edition, measure, caution,
        case when gap_status = 'shown' and ratio is null then 'not_evaluable' else gap_status end as value_status,
        'ratio' as unit,
        case
            when dimension like 'ethnic%' then 'group over White'
            when dimension like 'plus%' then 'members over everybody else'
            else 'most over least deprived'
        end || '; log limits' as method,
        case polarity when 'higher_better' then 1e0 / ratio else ratio end as value,
        case polarity when 'higher_better' then 1e0 / ratio_upper else ratio_lower end as lower_95,
        case polarity when 'higher_better' then 1e0 / ratio_lower else ratio_upper end as upper_95,
        null as bound_lower,
        null as bound_upper
    from relative
    where not {{ is_percentile('relative') }}
)

{# The gap itself is within its bounds to the last bit, however the two were multiplied. #}
select
    * exclude (bound_lower, bound_upper),
    case when bound_lower is not null then least(bound_lower, value) end as bound_lower,
    case when bound_upper is not null then greatest(bound_upper, value) end as bound_upper,
    {{ gap_is_robust('bound_lower', 'bound_upper') }} as is_robust
from signed

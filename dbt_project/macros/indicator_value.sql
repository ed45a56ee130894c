{# Value and limits of a cell from its counts, for every measure type at once; made from disclosed counts in
   publication. `cell` is an alias with numerator, denominator, standardised_events,
   bands_expected, bands_with_population, standardised_rate, standardised_rate_variance and published_*; `indicator` has
   measure_type and multiplier; `exact` is the row of poisson_exact for the numerator. Per multiplier, not per person. #}

{% macro dsr_can_be_shown(cell) -%}
    {{ dsr_is_evaluable(cell ~ '.standardised_events', cell ~ '.bands_with_population', cell ~ '.bands_expected') }}
{%- endmacro %}

{# Medians and other percentiles: found from the values, not from two counts. #}
{% macro is_percentile(indicator) -%} {{ indicator }}.measure_type in ('median', 'percentile_92') {%- endmacro %}

{% macro indicator_value(cell, indicator) -%}
    case {{ indicator }}.measure_type
        when 'proportion' then {{ indicator }}.multiplier * {{ proportion_value(cell ~ '.numerator', cell ~ '.denominator') }}
        when 'crude_rate' then {{ indicator }}.multiplier * {{ rate_value(cell ~ '.numerator', cell ~ '.denominator') }}
        when 'dsr' then
            case when {{ dsr_can_be_shown(cell) }} then {{ indicator }}.multiplier * {{ cell }}.standardised_rate end
        else {{ cell }}.published_value
    end
{%- endmacro %}

{% macro indicator_limit(cell, indicator, exact, level, side) -%}
    case {{ indicator }}.measure_type
        when 'proportion' then
            {{ indicator }}.multiplier * {{ wilson_limit(cell ~ '.numerator', cell ~ '.denominator', level, side) }}
        when 'crude_rate' then
            {{ indicator }}.multiplier * {{ rate_limit(
                cell ~ '.numerator', cell ~ '.denominator', level, side, exact ~ '.' ~ side ~ '_' ~ level
            ) }}
        when 'dsr' then
            case when {{ dsr_can_be_shown(cell) }} then
                {{ indicator }}.multiplier * {{ dobson_limit(
                    cell ~ '.standardised_rate', cell ~ '.standardised_rate_variance', cell ~ '.standardised_events', level, side
                ) }}
            end
        {% if level == '95' -%}
        else {{ cell }}.published_{{ side }}_95
        {% endif -%}
    end
{%- endmacro %}

{# Variance of the log of the value, for relative gaps. #}
{% macro indicator_log_variance(cell, indicator) -%}
    case
        when {{ cell }}.numerator = 0 then null
        when {{ indicator }}.measure_type = 'proportion'
            then {{ log_variance_proportion(cell ~ '.numerator', cell ~ '.denominator') }}
        when {{ indicator }}.measure_type = 'crude_rate' then {{ log_variance_rate(cell ~ '.numerator') }}
        when {{ indicator }}.measure_type = 'dsr' and {{ dsr_can_be_shown(cell) }}
            then {{ log_variance_dsr(cell ~ '.standardised_rate', cell ~ '.standardised_rate_variance') }}
        when {{ indicator }}.measure_type = 'published' and {{ cell }}.denominator > 0
            then {{ log_variance_proportion(cell ~ '.numerator', cell ~ '.denominator') }}
        {# Printed with a count and no denominator: the value is as uncertain as its count. #}
        when {{ indicator }}.measure_type = 'published' and {{ cell }}.denominator is null
            then {{ log_variance_rate(cell ~ '.numerator') }}
    end
{%- endmacro %}

{# Why a value is missing, in the words of the published status_reason; NULL where there is a value. #}
{% macro value_status(cell, indicator) -%}
    case
        when {{ indicator }}.measure_type = 'published' and {{ cell }}.published_value is null then 'not_submitted'
        when {{ indicator }}.measure_type = 'published' then 'shown'
        when {{ cell }}.numerator is null and {{ cell }}.denominator is null then 'not_submitted'
        when {{ indicator }}.measure_type = 'proportion' and coalesce({{ cell }}.denominator, 0) = 0 then 'not_evaluable'
        when {{ indicator }}.measure_type = 'proportion' then 'shown'
        {# Too few values to have both limits are too few for a percentile. #}
        when {{ is_percentile(indicator) }} and {{ cell }}.published_lower_95 + {{ cell }}.published_upper_95 is null
            then 'not_evaluable'
        when {{ is_percentile(indicator) }} then 'shown'
        when coalesce({{ cell }}.denominator, 0) = 0 then 'no_population'
        when {{ indicator }}.measure_type = 'crude_rate' then 'shown'
        when {{ cell }}.bands_with_population < {{ cell }}.bands_expected then 'no_population'
        when {{ cell }}.standardised_events < {{ dsr_minimum_events() }} then 'too_few_events'
        else 'shown'
    end
{%- endmacro %}

{# Areas that are areas: not the groups of what is in none, or in several. #}
{% macro is_real_area(area) -%}
    ({{ area }}.area_code not in ('unknown', 'outside_england') and left({{ area }}.area_code, 3) <> 'no_'
        and left({{ area }}.area_code, 8) <> 'divided_')
{%- endmacro %}

{# Where an area lies in the funnel about England, from disclosed counts. `row` has numerator, denominator, value and
   standardised_events, `england` the value of the country; NULL where values are not made from counts here. #}
{% macro funnel_of_indicator(row, indicator, england, exact) -%}
    {%- set baseline = "(" ~ england ~ ".value / cast(" ~ indicator ~ ".multiplier as double))" -%}
    {%- set rate = "(" ~ row ~ ".value / cast(" ~ indicator ~ ".multiplier as double))" -%}
    case {{ indicator }}.measure_type
        when 'proportion' then
            {{ funnel_proportion_significance(row ~ '.numerator', row ~ '.denominator', baseline) }}
        when 'crude_rate' then
            {{ funnel_rate_significance(row ~ '.numerator', row ~ '.denominator', baseline, exact) }}
        when 'dsr' then
            {{ funnel_rate_significance(
                row ~ '.standardised_events',
                funnel_population(row ~ '.standardised_events', row ~ '.denominator', rate),
                baseline, exact, dsr_minimum_events()
            ) }}
    end
{%- endmacro %}

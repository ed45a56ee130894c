{# Funnel limits and labels about a baseline, normally England.
   Source: Spiegelhalter (2005); OHID PHEindicatormethods calculate_funnel_limits, assign_funnel_significance and
   calculate_funnel_points. Arguments are SQL expressions; `baseline` is per person, so are the limits.
   Proportions: the value whose Wilson limit is the baseline is baseline -/+ z sqrt(baseline (1 - baseline) / n), cut to
   0..1 (the peer cuts the upper limit at 100 whatever the multiplier).
   Rates and ratios: an area differs when the exact or Byar limit of its own events does not reach the baseline. For a
   ratio the baseline is 1 and the population the expected events. For a directly standardised rate the population is
   the effective one, events over rate, and under ten events there is no label. #}

{% macro funnel_proportion_limit(baseline, denominator, level, side) -%}
    {%- set variance = baseline ~ " * (1e0 - " ~ baseline ~ ") / cast(" ~ denominator ~ " as double)" -%}
    {%- set spread = z_score(level) ~ " * sqrt(" ~ variance ~ ")" -%}
    case when {{ denominator }} > 0 and {{ baseline }} between 0e0 and 1e0 then
        {% if side == 'lower' -%} greatest(0e0, {{ baseline }} - {{ spread }})
        {%- else -%} least(1e0, {{ baseline }} + {{ spread }}) {%- endif %}
    end
{%- endmacro %}

{# Limit of the rate at which `events` events would be expected to lie on the funnel: events over the population at which
   the exact Poisson limit of the events equals the baseline. For drawing the curve, not for labels. #}
{% macro funnel_rate_curve(events, baseline, level, side, terms=600) -%}
    {%- set other = 'upper' if side == 'lower' else 'lower' -%}
    case when {{ events }} > 0 and {{ baseline }} > 0 then
        cast({{ events }} as double) * {{ baseline }} / ({{ poisson_limit_exact(events, level, other, terms) }})
    end
{%- endmacro %}

{# Population behind a rate: the one that gives the rate from the events; without events the population itself. #}
{% macro funnel_population(events, population, rate_per_person) -%}
    case
        when {{ events }} = 0 then cast({{ population }} as double)
        when {{ rate_per_person }} > 0 then cast({{ events }} as double) / {{ rate_per_person }}
    end
{%- endmacro %}

{% macro funnel_label(is_low_998, is_low_95, is_high_998, is_high_95) -%}
    case
        when {{ is_low_998 }} then 'Low (0.001)'
        when {{ is_high_998 }} then 'High (0.001)'
        when {{ is_low_95 }} then 'Low (0.025)'
        when {{ is_high_95 }} then 'High (0.025)'
        else 'Not significant'
    end
{%- endmacro %}

{% macro funnel_proportion_significance(numerator, denominator, baseline) -%}
    {%- set value = "(" ~ proportion_value(numerator, denominator) ~ ")" -%}
    case when {{ proportion_is_evaluable(numerator, denominator) }} and {{ baseline }} is not null then {{ funnel_label(
        value ~ ' < ' ~ funnel_proportion_limit(baseline, denominator, '998', 'lower'),
        value ~ ' < ' ~ funnel_proportion_limit(baseline, denominator, '95', 'lower'),
        value ~ ' > ' ~ funnel_proportion_limit(baseline, denominator, '998', 'upper'),
        value ~ ' > ' ~ funnel_proportion_limit(baseline, denominator, '95', 'upper')
    ) }} end
{%- endmacro %}

{# `exact` is the alias of the row of poisson_exact for the events; `minimum_events` is 10 for a DSR and 0 otherwise. #}
{% macro funnel_rate_significance(events, population, baseline, exact, minimum_events=0) -%}
    {%- set limits = {} -%}
    {%- for level in ['95', '998'] -%}
        {%- for side in ['lower', 'upper'] -%}
            {%- set limit = exact ~ '.' ~ side ~ '_' ~ level -%}
            {%- do limits.update({side ~ level: rate_limit(events, population, level, side, limit)}) -%}
        {%- endfor -%}
    {%- endfor -%}
    case
        when {{ events }} < {{ minimum_events }} then 'Not applicable for events less than 10 for dsrs'
        when {{ rate_is_evaluable(events, population) }} and {{ baseline }} is not null then {{ funnel_label(
            baseline ~ ' > ' ~ limits['upper998'], baseline ~ ' > ' ~ limits['upper95'],
            baseline ~ ' < ' ~ limits['lower998'], baseline ~ ' < ' ~ limits['lower95']
        ) }}
    end
{%- endmacro %}

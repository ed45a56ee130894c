{# How far a gap could move if the people of unknown category were known: bounds from the two extreme allocations.
   Formula: all unknowns put into the most deprived (or first) group, then all into the least deprived (or second) group;
   the bounds are the smallest and largest of those two gaps and the observed one. A gap is robust when its sign survives.
   Source: Manski (1989), worst-case bounds of what is not observed. No peer publishes these, so there is no vector.
   Arguments are SQL expressions in counts: numerator and denominator of the most, least and unknown group. For a rate
   on residents the unknown group has no denominator: give 0. Results are per person. #}

{% macro gap_with_unknown_in_most(x_most, n_most, x_least, n_least, x_unknown, n_unknown) -%}
    {{ ratio_of_counts(x_most ~ ' + ' ~ x_unknown, n_most ~ ' + ' ~ n_unknown) }} - {{ ratio_of_counts(x_least, n_least) }}
{%- endmacro %}

{% macro gap_with_unknown_in_least(x_most, n_most, x_least, n_least, x_unknown, n_unknown) -%}
    {{ ratio_of_counts(x_most, n_most) }} - {{ ratio_of_counts(x_least ~ ' + ' ~ x_unknown, n_least ~ ' + ' ~ n_unknown) }}
{%- endmacro %}

{% macro ratio_of_counts(numerator, denominator) -%}
    (case when {{ denominator }} > 0 then cast({{ numerator }} as double) / cast({{ denominator }} as double) end)
{%- endmacro %}

{% macro gap_bound(x_most, n_most, x_least, n_least, x_unknown, n_unknown, side) -%}
    {%- set counts = [x_most, n_most, x_least, n_least, x_unknown, n_unknown] -%}
    {%- set function = 'least' if side == 'lower' else 'greatest' -%}
    {# greatest() skips NULL: a gap that is not there has no bounds. #}
    case when {{ n_most }} > 0 and {{ n_least }} > 0 and {{ x_unknown }} >= 0 and {{ n_unknown }} >= 0 then {{ function }}(
        {{ ratio_of_counts(x_most, n_most) }} - {{ ratio_of_counts(x_least, n_least) }},
        {{ gap_with_unknown_in_most(*counts) }},
        {{ gap_with_unknown_in_least(*counts) }}
    ) end
{%- endmacro %}

{# Does the sign survive: both bounds on the same side of zero. NULL where there is no gap. #}
{% macro gap_is_robust(bound_lower, bound_upper) -%}
    (sign({{ bound_lower }}) = sign({{ bound_upper }}) and {{ bound_lower }} <> 0e0)
{%- endmacro %}

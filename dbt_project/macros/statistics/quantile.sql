{# Local quantiles: areas of a group put into equal numbers by their score, 1 = most deprived.
   Formula: floor((Q + 1) - ceil(((N + 1) - rank) / (N / Q))), 0 becomes 1; rank is the smallest of tied areas.
   Source: OHID PHEindicatormethods phe_quantile. In doubles as there, so that every boundary falls on the same side.
   `score` is a column, `quantiles` the number of groups, `keys` the grouping columns; `most_deprived_is` says whether the
   'highest' or the 'lowest' score is quantile 1. No score, or fewer areas than quantiles, gives NULL.
   National deciles of the Index of Multiple Deprivation are taken as published. #}
{% macro local_quantile(score, quantiles, keys=[], most_deprived_is='highest') -%}
    {%- set direction = 'desc' if most_deprived_is == 'highest' else 'asc' -%}
    {%- set areas = "cast(count(" ~ score ~ ") over (" ~ partition_by(keys) ~ ") as double)" -%}
    {%- set place = "rank() over (" ~ partition_by(keys) ~ " order by " ~ score ~ " " ~ direction ~ " nulls last)" -%}
    case when {{ score }} is not null and {{ areas }} >= {{ quantiles }} then
        cast(greatest(1e0, floor(
            ({{ quantiles }} + 1e0) - ceil((({{ areas }} + 1e0) - {{ place }}) / ({{ areas }} / {{ quantiles }}))
        )) as integer)
    end
{%- endmacro %}

{# Sums that are the same to the last bit on every run, and the grouping of statistics that need a set of rows.
   A parallel sum of doubles depends on which thread came first, so doubles are summed in a fixed order and integers
   before they become doubles. `keys` are names of grouping columns; an empty list means one group. #}

{# Sum of a double expression over a group, one row after the other. `order_by` must be unique within the
   group, or be the term itself. #}
{% macro ordered_sum(term, order_by) -%}
    list_sum(list(cast({{ term }} as double) order by {{ order_by }}))
{%- endmacro %}

{# Mean of a double expression over a group, smallest first: the same to the last bit in whatever order the rows come. #}
{% macro ordered_mean(term) -%}
    ({{ ordered_sum(term, term) }} / count({{ term }}))
{%- endmacro %}

{# Sum of an expression over the elements of an ordered list; `point` is the name of one element in `term`. #}
{% macro list_total(points, term, point='p') -%}
    list_sum(list_transform({{ points }}, lambda {{ point }}: {{ term }}))
{%- endmacro %}

{# Grouping columns as the beginning of a column list. #}
{% macro key_columns(keys) -%}
    {%- for key in keys %}{{ key }}, {% endfor -%}
{%- endmacro %}

{# The condition of a join by name: two rows are about the same thing. #}
{% macro same_keys(left, right, keys) -%}
    {%- for key in keys %}{{ left }}.{{ key }} = {{ right }}.{{ key }}{% if not loop.last %} and {% endif %}{% endfor -%}
{%- endmacro %}

{% macro partition_by(keys) -%}
    {%- if keys %}partition by {{ keys | join(', ') }}{% endif -%}
{%- endmacro %}

{# Share of the group's population: a number from 0 to 1. `population` is a BIGINT column. #}
{% macro population_share(population, keys) -%}
    cast({{ population }} as double) / nullif(cast(sum({{ population }}) over ({{ partition_by(keys) }}) as double), 0e0)
{%- endmacro %}

{# Mid-point of the group's cumulative population, from 0 at the most to 1 at the least deprived. #}
{% macro population_position(population, order_by, keys) -%}
    cast(
        2 * sum({{ population }}) over ({{ partition_by(keys) }} order by {{ order_by }} rows unbounded preceding)
        - {{ population }} as double
    ) / nullif(2e0 * cast(sum({{ population }}) over ({{ partition_by(keys) }}) as double), 0e0)
{%- endmacro %}

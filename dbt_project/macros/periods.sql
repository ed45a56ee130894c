{# Periods that are made from their last day. #}

{# First day of the twelve months that end with a month: the first of the month after the same month a year before. #}
{% macro rolling_year_start(period_end) -%}
    make_date(
        cast(year({{ period_end }}) - case when month({{ period_end }}) = 12 then 0 else 1 end as integer),
        cast(month({{ period_end }}) % 12 + 1 as integer),
        1
    )
{%- endmacro %}

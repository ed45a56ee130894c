{# Periods that are made from their last day. #}

{# First day of the last so many months that end with a month: twelve to 30 June begin on 1 July of the year before. #}
{% macro first_day_of_last_months(period_end, months) -%}
    make_date(
        cast(floor((year({{ period_end }}) * 12 + month({{ period_end }}) - {{ months }}) / 12) as integer),
        cast((year({{ period_end }}) * 12 + month({{ period_end }}) - {{ months }}) % 12 + 1 as integer),
        1
    )
{%- endmacro %}

{# First day of the twelve months that end with a month. #}
{% macro rolling_year_start(period_end) -%} {{ first_day_of_last_months(period_end, 12) }} {%- endmacro %}

{# The last first day of a month of the year, on or before a day: the financial year begins on the last 1 April. #}
{% macro last_first_of(month, day) -%}
    make_date(cast(year({{ day }}) - case when month({{ day }}) < {{ month }} then 1 else 0 end as integer), {{ month }}, 1)
{%- endmacro %}

{# Months counted through, one more for every month that follows. #}
{% macro months_counted(day) -%} year({{ day }}) * 12 + month({{ day }}) {%- endmacro %}

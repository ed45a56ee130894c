{# The items whose completeness is counted of every record, and how. `received`: something was sent. `valid`: a value of the
   national list. `defaults`: of these, the values that say that nothing is known. `known`: what a breakdown can use. Each is a
   condition on a record of a staging model; an item that a feed does not have has none. Residence is looked up, and is
   counted on the cube. #}
{% macro quality_items(feed) -%}
    {%- set age = feed.age ~ ' is not null' -%}
    {%- set date = 'not coalesce(' ~ feed.date_not_valid ~ ', false)' -%}
    {%- set items = {
        'ethnicity': {
            'received': 'ethnic_category_sent is not null', 'valid': "ethnic_category_code <> 'unknown'",
            'defaults': "ethnic_category_code = 'Z'", 'known': is_known_ethnicity('ethnic_category_code'),
        },
        'age': {'received': 'age_sent is not null', 'valid': age, 'defaults': 'false', 'known': age},
        'date': {'received': 'date_sent is not null', 'valid': date, 'defaults': 'false', 'known': date},
    } -%}
    {%- if not feed.is_about_mothers -%}
        {%- do items.update({'sex': {
            'received': 'sex_sent is not null', 'valid': "sex_sent in ('0', '1', '2', '9', 'X')",
            'defaults': "sex_sent in ('0', '9', 'X')", 'known': "sex_code <> 'unknown'",
        }}) -%}
    {%- endif -%}
    {%- if feed.nhs_number_check -%}
        {%- do items.update({'nhs_number': {
            'received': 'nhs_number_status_code is not null', 'valid': "nhs_number_status_code between '01' and '08'",
            'defaults': 'false',
            'known': "nhs_number_status_code = '01' and person_pseudonym is not null and " ~ feed.nhs_number_check ~ " = 'Y'",
        }}) -%}
    {%- endif -%}
    {{ return(items) }}
{%- endmacro %}

{# Every item that some feed has, and what is counted of each. #}
{% macro quality_item_names() -%} {{ return(['ethnicity', 'residence', 'sex', 'age', 'date', 'nhs_number']) }} {%- endmacro %}
{% macro quality_item_counts() -%} {{ return(['received', 'valid', 'defaults', 'known']) }} {%- endmacro %}

{# The data quality score: the period that stands for the last twelve months, and the fewest records of an item that is scored. #}
{% macro last_12_months() -%} 'last_12_months' {%- endmacro %}
{% macro least_records_of_an_item() -%} 25 {%- endmacro %}

{# What all records have in common: columns of every record staging model, and of every cube made from one. #}

{# Where a record came from and who it is about. `age`, `lsoa` (the first that was sent) and `provider` are fields of the feed
   contract; `sex` is an expression, `date` the field that places the record. A feed without an age in years says its own age,
   from the field `age_from_field`. What was sent is kept beside what is made of it: not sent and not valid are two things. #}
{% macro record_columns(date, age='age', lsoa=['lsoa_code'], provider='provider_code', sex=none, age_from_field=none) -%}
        source_part_id,
        source_period,
        source_layout,
        person_id as person_pseudonym,
        {{ clean_text(provider) }} as provider_code,
        {% if age -%}
        {{ hes_age(age) }} as age_years,
        {% endif -%}
        {{ sex or known_sex('sex_code') }} as sex_code,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_sent,
        {{ 'null' if sex else clean_text('sex_code') }} as sex_sent,
        {{ clean_text(age_from_field or age) }} as age_sent,
        {{ clean_text(date) }} as date_sent,
        {% if lsoa | length > 1 -%}
        coalesce({% for column in lsoa %}{{ clean_text(column) }}{{ ', ' if not loop.last }}{% endfor %}) as lsoa_code
        {%- else -%}
        {{ clean_text(lsoa[0]) }} as lsoa_code
        {%- endif %}
{%- endmacro %}

{# Maternity data are about women: the sex of the mother is not sent. #}
{% macro sex_of_mothers() -%} '2' {%- endmacro %}

{# The columns of a record that its cube groups by, as they are read. #}
{% macro cube_sources() -%}
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        age_years
{%- endmacro %}

{# The same columns as they are grouped. `rows` has those of cube_sources, and the joins are those of cube_joins. #}
{% macro cube_groups(rows) -%}
        {{ rows }}.source_period,
        {{ rows }}.provider_code,
        {{ residence_key(rows ~ '.lsoa_code', 'residence.residence_key') }} as residence_key,
        {{ shown_ethnicity(rows) }},
        {{ rows }}.sex_code,
        {{ age_from(rows ~ '.age_years') }} as age_from,
        {{ plus_key(rows) }}
{%- endmacro %}

{% macro cube_joins(rows, feed) -%}
    left join {{ ref('int_lsoa__residence_key') }} as residence on {{ rows }}.lsoa_code = residence.lsoa_code
    {{ plus_key_joins(rows, feed) }}
    {{ ethnicity_join(rows) }}
{%- endmacro %}

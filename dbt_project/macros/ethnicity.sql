{# The ethnic category of a record: as recorded, or where the run asks for it the best known of its person (decision 10). #}

{# Whether the run asks for it. Asked of the build database, so that what is not asked for is not even read; while the project
   is parsed it is, so that every input is known. #}
{% macro is_best_known_ethnicity() -%}
    {%- if not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(run_query('select ethnicity from ' ~ source('run', 'setting')).rows[0][0] == 'best_known') }}
{%- endmacro %}

{% macro is_known_ethnicity(code) -%} {{ code }} not in ('Z', 'unknown') {%- endmacro %}

{# What every cube adds. `rows` has person_pseudonym and the category as recorded; ethnicity_join joins the person. What is
   known of a person takes the place of what is recorded, known or not; where nothing is known the record stays as it is. #}
{% macro shown_ethnicity(rows) -%}
        coalesce(ethnicity.ethnic_category_code, {{ rows }}.ethnic_category_code) as ethnic_category_code,
        case
            when {{ is_known_ethnicity(rows ~ '.ethnic_category_code') }}
                then case when ethnicity.ethnic_category_code <> {{ rows }}.ethnic_category_code then 'replaced' else 'own_record' end
            when ethnicity.ethnic_category_code is not null then 'other_record'
            else 'not_known'
        end as ethnicity_origin
{%- endmacro %}

{% macro ethnicity_join(rows) -%}
    left join {{ ref('int_person__ethnicity') }} as ethnicity on {{ rows }}.person_pseudonym = ethnicity.person_pseudonym
{%- endmacro %}

{% macro ethnicity_origins() -%} {{ return(['own_record', 'replaced', 'other_record', 'not_known']) }} {%- endmacro %}

{# Whether the record itself says it (DQ01), whatever the category shown comes from. #}
{% macro is_ethnicity_recorded() -%} ethnicity_origin in ('own_record', 'replaced') {%- endmacro %}

{# What a published row by ethnic group says of it. #}
{% macro ethnicity_stamp(row, group) -%}
    cast(case
        when {{ group }} not like 'ethnic%' then 'not_used'
        when {{ row }}.denominator_type = 'published' then 'as_published'
        else setting.ethnicity
    end as varchar) as ethnicity
{%- endmacro %}

{# NHS numbers present and verified (DQ03). Feeds whose extract carries the status of the number. #}

{# As a staging model reads it: sent as 1 or as 01. #}
{% macro nhs_number_status() -%}
    right('0' || {{ clean_text('nhs_number_status_code') }}, 2) as nhs_number_status_code
{%- endmacro %}

{# What a cube reads of `records`, a staging model. A file without a status anywhere was never asked for one. #}
{% macro nhs_number_sources(records) -%}
        nhs_number_status_code,
        source_part_id in (
            select sent.source_part_id from {{ ref(records) }} as sent where sent.nhs_number_status_code is not null
        ) as is_nhs_number_status_sent
{%- endmacro %}

{# What a cube counts of it. Nobody asks for a status of babies under six weeks. `check` says Y or N where the number itself
   was sent; one that came as a pseudonym has no check digit. #}
{% macro nhs_number_counts(rows, check="'Y'") -%}
        {%- set is_asked -%}
            {{ rows }}.is_nhs_number_status_sent
                and not coalesce({{ rows }}.nhs_number_status_code = '08' and {{ rows }}.age_years = 0, false)
        {%- endset -%}
        count(case when {{ is_asked }} then 1 end) as nhs_numbers_asked,
        count(case when {{ is_asked }}
            and {{ rows }}.nhs_number_status_code = '01' and {{ rows }}.person_pseudonym is not null and {{ check }} = 'Y'
        then 1 end) as nhs_numbers_verified
{%- endmacro %}

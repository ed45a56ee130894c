{# NHS numbers present and verified (DQ03). Feeds whose extract carries the status of the number. #}

{# As a staging model reads it: sent as 1 or as 01. #}
{% macro nhs_number_status() -%}
    right('0' || {{ clean_text('nhs_number_status_code') }}, 2) as nhs_number_status_code
{%- endmacro %}

{# What a cube counts of it: statuses that were sent, records that are asked for one (not babies under six weeks), and verified
   numbers. `check` says Y or N where the number itself was sent; one that came as a pseudonym has no check digit. #}
{% macro nhs_number_counts(rows, check="'Y'") -%}
        count({{ rows }}.nhs_number_status_code) as nhs_number_statuses,
        count(case when not coalesce({{ rows }}.nhs_number_status_code = '08' and {{ rows }}.age_years = 0, false) then 1 end)
            as nhs_numbers_asked,
        count(case when {{ rows }}.nhs_number_status_code = '01' and {{ rows }}.person_pseudonym is not null and {{ check }} = 'Y'
            then 1 end) as nhs_numbers_verified
{%- endmacro %}

{# The denominator of an indicator on the cube. A file without a status anywhere was never asked for one. #}
{% macro nhs_numbers_asked(cube) -%}
    case when source_period in (select sent.source_period from {{ ref(cube) }} as sent where sent.nhs_number_statuses > 0)
        then nhs_numbers_asked else 0 end
{%- endmacro %}

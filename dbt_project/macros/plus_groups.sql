{# PLUS groups of persons. A person's groups on a day are one integer, the plus_key: one bit a group (int_plus_group), and
   one bit for persons the GP extract knows, so that "in none of its groups" and "not known to it" stay apart. #}

{% macro known_to_gp_extract_bit() -%} 1 {%- endmacro %}
{# On no list that there is. #}
{% macro no_plus_key() -%} 0 {%- endmacro %}
{# The record has no person identifier, so nothing can be said. #}
{% macro unlinked_plus_key() -%} -1 {%- endmacro %}

{% macro first_day_of_all() -%} date '1900-01-01' {%- endmacro %}
{% macro last_day_of_all() -%} date '9999-12-31' {%- endmacro %}

{# What every cube adds: the column, and the joins it comes from. `rows` has person_pseudonym and source_period; the
   groups are those of the last day of the part. #}
{% macro plus_key(rows) -%}
    case when {{ rows }}.person_pseudonym is null then {{ unlinked_plus_key() }} else coalesce(plus.plus_key, {{ no_plus_key() }}) end
        as plus_key
{%- endmacro %}

{% macro plus_key_joins(rows, feed) -%}
    left join {{ source('run', 'part') }} as part on part.feed = '{{ feed }}' and {{ rows }}.source_period = part.period
    left join {{ ref('int_person__plus_key') }} as plus
        on {{ rows }}.person_pseudonym = plus.person_pseudonym
        and part.period_end between plus.valid_from and plus.valid_to
{%- endmacro %}

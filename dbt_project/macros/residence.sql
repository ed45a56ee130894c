{# Keys of the two residence groups that are no area: not known (blank, pseudo codes such as Z99999999, codes in no list),
   and outside England (Wales W, Scotland S, Northern Ireland N and its older 95 codes). #}
{% macro unknown_residence_key() -%} 0 {%- endmacro %}
{% macro outside_england_residence_key() -%} -1 {%- endmacro %}

{% macro residence_key(lsoa_code, matched_key) -%}
    cast(case
        when {{ matched_key }} is not null then {{ matched_key }}
        when left({{ lsoa_code }}, 1) in ('W', 'S', 'N') or left({{ lsoa_code }}, 2) = '95'
            then {{ outside_england_residence_key() }}
        else {{ unknown_residence_key() }}
    end as integer)
{%- endmacro %}

{# The joins from an LSOA code to its residence key: used by every cube in the same way. #}
{% macro lsoa_key_table() -%}
    select
        lsoa.lsoa_code,
        lsoa.lsoa_vintage_given,
        lsoa.lsoa21_code,
        dim.residence_key
    from {{ ref('int_lsoa__residence') }} as lsoa
    inner join {{ ref('dim_residence') }} as dim
        on lsoa.sub_icb_code is not distinct from dim.sub_icb_code
        and lsoa.icb_code is not distinct from dim.icb_code
        and lsoa.region_code is not distinct from dim.region_code
        and lsoa.la_code is not distinct from dim.la_code
        and lsoa.imd2019_decile is not distinct from dim.imd2019_decile
        and lsoa.imd2025_decile is not distinct from dim.imd2025_decile
        and dim.residence_group = 'england'
{%- endmacro %}

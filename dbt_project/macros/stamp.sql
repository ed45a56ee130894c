{# What every published row says about where it comes from. #}
{% macro lsoa_vintage(imd_edition) -%}
    case {{ imd_edition }} when '2019' then '2011' when '2025' then '2021' else 'not_used' end
{%- endmacro %}

{% macro status_reason(value_status_row, rule_id) -%}
    case
        when {{ rule_id }} is not null then {{ value_status_row }}.status_reason || ' Rule: ' || {{ rule_id }} || '.'
        else {{ value_status_row }}.status_reason
    end
{%- endmacro %}

{# Names of the groups that are no area. #}
{% macro area_group_name(area_code) -%}
    case {{ area_code }}
        when 'unknown' then 'Not known'
        when 'outside_england' then 'Outside England'
        when 'no_region' then 'No region: commissioned outside integrated care boards'
        when 'divided_icb' then 'Integrated care boards that were divided since'
        when 'divided_sub_icb' then 'Sub-ICB locations that were divided since'
        when 'divided_region' then 'Organisations that were divided between regions since'
        when 'no_icb' then 'No integrated care board'
        when 'no_sub_icb' then 'No sub-ICB location'
        else 'Name not in the reference data'
    end
{%- endmacro %}

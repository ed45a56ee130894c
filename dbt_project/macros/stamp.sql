{# What every published row says about where it comes from. #}
{% macro lsoa_vintage(imd_edition) -%}
    case {{ imd_edition }} when '2019' then '2011' when '2025' then '2021' else 'not_used' end
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

{# What the published tables of values have in common. `row` is an alias that has the columns of int_publication__value: what the
   row is about, where it comes from, and the tables both are looked up in. #}
{% macro published_key(row) -%}
    cast({{ row }}.indicator_id as varchar) as indicator_id,
    cast({{ row }}.indicator_version as varchar) as indicator_version,
    cast({{ row }}.period_type as varchar) as period_type,
    cast({{ row }}.period_start as date) as period_start,
    cast({{ row }}.period_end as date) as period_end,
    cast({{ row }}.area_type as varchar) as area_type,
    cast({{ row }}.area_code as varchar) as area_code,
    cast(coalesce({{ row }}.area_name_published, area.area_name, {{ area_group_name(row ~ '.area_code') }}) as varchar)
        as area_name,
    cast({{ row }}.organisation_edition as varchar) as organisation_edition
{%- endmacro %}

{% macro published_stamp(row, release_state) -%}
    cast({{ row }}.unit as varchar) as unit,
    cast({{ row }}.imd_edition as varchar) as imd_edition,
    cast({{ lsoa_vintage(row ~ '.imd_edition') }} as varchar) as lsoa_vintage,
    cast(case {{ row }}.denominator_type when 'population' then setting.population_vintage else 'not_used' end as varchar)
        as population_vintage,
    cast({{ release_state }} as varchar) as release_state,
    cast({{ row }}.value_status as varchar) as value_status,
    cast(nullif(concat_ws(' ', status.status_reason, {{ row }}.caution), '') as varchar) as status_reason,
    cast(setting.is_synthetic as boolean) as is_synthetic,
    cast(release.release_id as varchar) as release_id
{%- endmacro %}

{% macro published_joins(row) -%}
    left join {{ ref('dim_area') }} as area
        on {{ row }}.area_type = area.area_type
        and {{ row }}.area_code = area.area_code
        and {{ row }}.organisation_edition = area.organisation_edition
    inner join {{ ref('value_status') }} as status on {{ row }}.value_status = status.value_status
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
{%- endmacro %}

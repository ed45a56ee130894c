{#- Inequality of each indicator and area: gaps between two groups, and indices over all of them. Positive, or above 1,
    always means worse for the most deprived or the group named first; for contextual indicators it means higher there. -#}
{%- set columns -%}
    indicator_id, indicator_version, feed, denominator_type, period_type, period_start, period_end,
    area_type, area_code, area_name_published, organisation_edition, dimension, imd_edition, measure,
    method, unit, value, lower_95, upper_95, bound_lower, bound_upper, is_robust, value_status, withheld_rule_id
{%- endset -%}
with together as (
    select {{ columns }} from {{ ref('int_publication__gap') }}
    union all
    select {{ columns }} from {{ ref('int_publication__index') }}
),

final as (
    select
        cast(gap.indicator_id as varchar) as indicator_id,
        cast(gap.indicator_version as varchar) as indicator_version,
        cast(gap.period_type as varchar) as period_type,
        cast(gap.period_start as date) as period_start,
        cast(gap.period_end as date) as period_end,
        cast(gap.area_type as varchar) as area_type,
        cast(gap.area_code as varchar) as area_code,
        cast(coalesce(gap.area_name_published, area.area_name, {{ area_group_name('gap.area_code') }}) as varchar) as area_name,
        cast(gap.organisation_edition as varchar) as organisation_edition,
        cast(gap.dimension as varchar) as dimension,
        cast(gap.measure as varchar) as measure,
        cast(gap.method as varchar) as method,
        cast(case when gap.value_status = 'shown' then gap.value end as double) as value,
        cast(case when gap.value_status = 'shown' then gap.lower_95 end as double) as lower_95,
        cast(case when gap.value_status = 'shown' then gap.upper_95 end as double) as upper_95,
        cast(case when gap.value_status = 'shown' then gap.bound_lower end as double) as bound_lower,
        cast(case when gap.value_status = 'shown' then gap.bound_upper end as double) as bound_upper,
        cast(case when gap.value_status = 'shown' then gap.is_robust end as boolean) as is_robust,
        cast(gap.unit as varchar) as unit,
        cast(gap.imd_edition as varchar) as imd_edition,
        cast({{ lsoa_vintage('gap.imd_edition') }} as varchar) as lsoa_vintage,
        cast(case gap.denominator_type when 'population' then setting.population_vintage else 'not_used' end as varchar)
            as population_vintage,
        cast(coalesce(state.release_state, 'provisional') as varchar) as release_state,
        cast(gap.value_status as varchar) as value_status,
        cast({{ status_reason('status', 'gap.withheld_rule_id') }} as varchar) as status_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from together as gap
    left join {{ ref('dim_area') }} as area
        on gap.area_type = area.area_type
        and gap.area_code = area.area_code
        and gap.organisation_edition = area.organisation_edition
    left join {{ ref('int_period__release_state') }} as state
        on gap.feed = state.feed and gap.period_type = state.period_type and gap.period_end = state.period_end
    inner join {{ ref('value_status') }} as status on gap.value_status = status.value_status
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

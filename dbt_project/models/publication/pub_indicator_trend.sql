{#- Each series over time with what can be said about it: special causes of monthly series, the recent trend of annual
    ones. -#}
with final as (
    select
        cast(point.indicator_id as varchar) as indicator_id,
        cast(point.indicator_version as varchar) as indicator_version,
        cast(point.period_type as varchar) as period_type,
        cast(point.period_start as date) as period_start,
        cast(point.period_end as date) as period_end,
        cast(point.area_type as varchar) as area_type,
        cast(point.area_code as varchar) as area_code,
        cast(coalesce(point.area_name_published, area.area_name, {{ area_group_name('point.area_code') }}) as varchar)
            as area_name,
        cast(point.organisation_edition as varchar) as organisation_edition,
        cast(point.dimension as varchar) as dimension,
        cast(point.category as varchar) as category,
        cast(point.measure as varchar) as measure,
        cast(point.method as varchar) as method,
        cast(point.value as double) as value,
        cast(point.mean as double) as mean,
        cast(point.lower_process_limit as double) as lower_process_limit,
        cast(point.upper_process_limit as double) as upper_process_limit,
        cast(point.special_cause_type as varchar) as special_cause_type,
        cast(point.point_type as varchar) as point_type,
        cast(point.has_trial_limits as boolean) as has_trial_limits,
        cast(point.recent_trend as varchar) as recent_trend,
        cast(point.recent_trend_reason as varchar) as recent_trend_reason,
        cast(point.unit as varchar) as unit,
        cast(point.imd_edition as varchar) as imd_edition,
        cast({{ lsoa_vintage('point.imd_edition') }} as varchar) as lsoa_vintage,
        cast(case point.denominator_type when 'population' then setting.population_vintage else 'not_used' end as varchar)
            as population_vintage,
        cast(point.release_state as varchar) as release_state,
        cast(point.value_status as varchar) as value_status,
        cast({{ status_reason('status', 'point.withheld_rule_id') }} as varchar) as status_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from {{ ref('int_publication__trend') }} as point
    left join {{ ref('dim_area') }} as area
        on point.area_type = area.area_type
        and point.area_code = area.area_code
        and point.organisation_edition = area.organisation_edition
    inner join {{ ref('value_status') }} as status on point.value_status = status.value_status
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

with final as (
    select
        cast(cell.indicator_id as varchar) as indicator_id,
        cast(cell.indicator_version as varchar) as indicator_version,
        cast(cell.period_type as varchar) as period_type,
        cast(cell.period_start as date) as period_start,
        cast(cell.period_end as date) as period_end,
        cast(cell.area_type as varchar) as area_type,
        cast(cell.area_code as varchar) as area_code,
        cast(coalesce(cell.area_name_published, area.area_name, {{ area_group_name('cell.area_code') }}) as varchar) as area_name,
        cast(cell.organisation_edition as varchar) as organisation_edition,
        cast(cell.breakdown as varchar) as breakdown,
        cast(cell.category as varchar) as category,
        cast(cell.numerator as bigint) as numerator,
        cast(cell.denominator as bigint) as denominator,
        cast(cell.value as double) as value,
        cast(cell.lower_95 as double) as lower_95,
        cast(cell.upper_95 as double) as upper_95,
        cast(cell.lower_998 as double) as lower_998,
        cast(cell.upper_998 as double) as upper_998,
        cast(cell.unit as varchar) as unit,
        cast(cell.method as varchar) as method,
        cast(cell.imd_edition as varchar) as imd_edition,
        cast({{ lsoa_vintage('cell.imd_edition') }} as varchar) as lsoa_vintage,
        cast(case cell.denominator_type when 'population' then setting.population_vintage else 'not_used' end as varchar)
            as population_vintage,
        cast(coalesce(state.release_state, 'provisional') as varchar) as release_state,
        cast(cell.value_status as varchar) as value_status,
        cast({{ status_reason('status', 'cell.withheld_rule_id') }} as varchar) as status_reason,
        cast(cell.unknown_share as double) as unknown_share,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from {{ ref('int_publication__value') }} as cell
    left join {{ ref('dim_area') }} as area
        on cell.area_type = area.area_type
        and cell.area_code = area.area_code
        and cell.organisation_edition = area.organisation_edition
    left join {{ ref('int_period__release_state') }} as state
        on cell.feed = state.feed and cell.period_type = state.period_type and cell.period_end = state.period_end
    inner join {{ ref('value_status') }} as status on cell.value_status = status.value_status
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

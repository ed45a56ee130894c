with editions as (
    select string_agg(cast(imd_edition as varchar), ' and ' order by imd_edition) as imd_editions
    from {{ source('run', 'imd_edition') }}
),

latest as (
    select max(period_end) as latest_period_end from {{ ref('int_publication__value') }}
),

final as (
    select
        cast(release.release_id as varchar) as release_id,
        cast(release.state as varchar) as state,
        cast(release.state_reason as varchar) as state_reason,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(setting.country_name as varchar) as country_name,
        cast(editions.imd_editions as varchar) as imd_editions,
        cast(setting.organisation_edition as varchar) as organisation_edition,
        cast(setting.ethnicity as varchar) as ethnicity,
        cast(setting.population_vintage as varchar) as population_vintage,
        cast(latest.latest_period_end as date) as latest_period_end,
        cast(setting.pipeline_version as varchar) as pipeline_version,
        cast(release.inputs_sha256 as varchar) as inputs_sha256,
        cast(release.policy_version as varchar) as policy_version
    from {{ source('verdict', 'release') }} as release
    cross join {{ source('run', 'setting') }} as setting
    cross join editions
    cross join latest
)

select * from final

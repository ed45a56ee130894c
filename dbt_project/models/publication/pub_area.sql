with final as (
    select
        cast(area.area_type as varchar) as area_type,
        cast(area.area_code as varchar) as area_code,
        cast(area.area_name as varchar) as area_name,
        cast(area.ods_code as varchar) as ods_code,
        cast(area.parent_area_code as varchar) as parent_area_code,
        cast(area.organisation_edition as varchar) as organisation_edition,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from {{ ref('dim_area') }} as area
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

with areas as (
    select
        imd_edition,
        count(*) as lsoas
    from {{ source('reference', 'imd') }}
    group by imd_edition
),

final as (
    select
        imd.imd_edition,
        imd.lsoa_vintage,
        imd.lsoa_code,
        imd.imd_rank,
        imd.imd_score,
        {{ imd_decile('imd.imd_rank', 'areas.lsoas') }} as imd_decile,
        imd.published_decile
    from {{ source('reference', 'imd') }} as imd
    inner join areas on imd.imd_edition = areas.imd_edition
)

select * from final

{#- The two editions side by side: who is in which decile of each. No trend is drawn across editions; this says why. -#}
with population as (
    select
        population.lsoa_code,
        cast(sum(population.population) as bigint) as persons
    from {{ source('reference', 'population') }} as population
    group by population.lsoa_code
),

lsoa as (
    select
        residence.region_code as region,
        residence.icb_code as icb,
        residence.sub_icb_code as sub_icb,
        residence.la_code as la,
        residence.imd2019_decile as imd_decile_2019,
        residence.imd2025_decile as imd_decile_2025,
        residence.imd2019_match_quality <> 'exact' as is_matched_by_best_fit,
        coalesce(population.persons, 0) as persons
    from {{ ref('int_lsoa__residence') }} as residence
    left join population on residence.lsoa_code = population.lsoa_code
    where residence.lsoa_vintage_given in ('2021', '2011 and 2021')
        and residence.imd2019_decile is not null
        and residence.imd2025_decile is not null
),

counted as (
    {{ area_totals(
        'lsoa', ['imd_decile_2019', 'imd_decile_2025'], ['region', 'icb', 'sub_icb', 'la'],
        ['count(*) as lsoas', 'count(case when is_matched_by_best_fit then 1 end) as lsoas_matched_by_best_fit', 'sum(persons) as persons']
    ) | indent(4) }}
),

final as (
    select
        cast(counted.area_type as varchar) as area_type,
        cast(case when counted.area_type = 'england' then setting.country_code else counted.area_code end as varchar) as area_code,
        cast(setting.organisation_edition as varchar) as organisation_edition,
        cast(counted.imd_decile_2019 as integer) as imd_decile_2019,
        cast(counted.imd_decile_2025 as integer) as imd_decile_2025,
        cast(counted.lsoas as bigint) as lsoas,
        cast(counted.lsoas_matched_by_best_fit as bigint) as lsoas_matched_by_best_fit,
        cast(counted.persons as bigint) as persons,
        cast(setting.population_vintage as varchar) as population_vintage,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from counted
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

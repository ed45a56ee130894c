{#- The combinations of areas and deciles that occur, so that cubes carry one small integer instead of six texts. -#}
with combinations as (
    select distinct
        sub_icb_code,
        icb_code,
        region_code,
        la_code,
        imd2019_decile,
        imd2025_decile,
        imd2019_match_quality,
        imd2025_match_quality
    from {{ ref('int_lsoa__residence') }}
),

numbered as (
    select
        cast(row_number() over (
            order by
                sub_icb_code nulls first, icb_code nulls first, region_code nulls first, la_code nulls first,
                imd2019_decile nulls first, imd2025_decile nulls first,
                imd2019_match_quality, imd2025_match_quality
        ) as integer) as residence_key,
        'england' as residence_group,
        sub_icb_code,
        icb_code,
        region_code,
        la_code,
        imd2019_decile,
        imd2025_decile,
        imd2019_match_quality,
        imd2025_match_quality
    from combinations
),

{# Residence that no area table knows is a group of its own, never dropped. #}
elsewhere as (
    select {{ unknown_residence_key() }} as residence_key, 'unknown' as residence_group
    union all
    select {{ outside_england_residence_key() }} as residence_key, 'outside_england' as residence_group
),

final as (
    select * from numbered
    union all
    select
        residence_key,
        residence_group,
        residence_group as sub_icb_code,
        residence_group as icb_code,
        residence_group as region_code,
        residence_group as la_code,
        null as imd2019_decile,
        null as imd2025_decile,
        'none' as imd2019_match_quality,
        'none' as imd2025_match_quality
    from elsewhere
)

select * from final

{#- The combinations of areas and deciles that occur, so that cubes carry one small integer instead of six texts. -#}
with combinations as (
    select distinct
        sub_icb_code,
        icb_code,
        region_code,
        la_code,
        imd2019_decile,
        imd2025_decile
    from {{ ref('int_lsoa__residence') }}
),

numbered as (
    select
        cast(row_number() over (
            order by
                sub_icb_code nulls first, icb_code nulls first, region_code nulls first, la_code nulls first,
                imd2019_decile nulls first, imd2025_decile nulls first
        ) as integer) as residence_key,
        'england' as residence_group,
        sub_icb_code,
        icb_code,
        region_code,
        la_code,
        imd2019_decile,
        imd2025_decile
    from combinations
),

{# Residence that no area table knows is a group of its own, never dropped. #}
elsewhere as (
    select {{ unknown_residence_key() }} as residence_key, 'unknown' as residence_group
    union all
    select {{ outside_england_residence_key() }} as residence_key, 'outside_england' as residence_group
),

together as (
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
        null as imd2025_decile
    from elsewhere
),

{# Coarser keys for roll-ups that need less of a residence: each is the first residence that has the same in common, so
   that its areas, or its deprivation groups, can be looked up here again. #}
final as (
    select
        *,
        min(residence_key) over (partition by residence_group, sub_icb_code, icb_code, region_code, la_code) as area_key,
        min(residence_key) over (
            partition by residence_group, sub_icb_code, icb_code, region_code, la_code,
                {{ is_core20('imd2019_decile') }}, {{ is_core20('imd2025_decile') }}
        ) as area_core20_key,
        min(residence_key) over (partition by residence_group, imd2019_decile, imd2025_decile) as decile_key,
        min(residence_key) over (
            partition by residence_group, {{ is_core20('imd2019_decile') }}, {{ is_core20('imd2025_decile') }}
        ) as core20_key,
        min(residence_key) over () as any_key
    from together
)

select * from final

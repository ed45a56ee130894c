{#- Resident population by area, breakdown and standard age band, once for each range of ages that indicators cover. -#}
{%- set families = ['all', 'ethnic', 'age', 'sex'] -%}
{%- set measures = ['cast(sum(population) as bigint) as population'] -%}
with band as (
    {{ band_of_age() | indent(4) }}
),

age_range as (
    select distinct
        first_age,
        last_age
    from {{ source('run', 'indicator') }}
    where denominator_type = 'population'
),

people as (
    select
        age_range.first_age,
        age_range.last_age,
        residence.residence_key,
        residence.area_key,
        residence.area_core20_key,
        population.ethnic_category_code,
        population.sex_code,
        coalesce(band.band_order, 0) as age_band_order,
        coalesce(band.band_order, 0) as standard_band_order,
        population.population
    from {{ ref('int_population__residence') }} as population
    inner join {{ ref('dim_residence') }} as residence on population.residence_key = residence.residence_key
    inner join age_range on population.age_from between age_range.first_age and age_range.last_age
    left join band on population.age_from = band.age_from
),

grouped as (
    {{ person_groups(
        'people', ['first_age', 'last_age', 'standard_band_order'], measures, places_of_residents()
    ) | indent(4) }}
),

{% for family in families -%}
labelled_{{ family }} as (
    select
        rows.first_age,
        rows.last_age,
        rows.standard_band_order,
        {{ group_labels(family, 'rows.first_age', 'rows.last_age') }},
        rows.population
    from grouped as rows
    {{ group_joins(family) }}
    where rows.family = '{{ family }}'
),

{% endfor -%}
rolled as (
    {{ rollup(
        'labelled', ['first_age', 'last_age', 'standard_band_order'], measures, ['england', 'region', 'icb', 'sub_icb', 'la'],
        families
    ) | indent(4) }}
),

final as (
    select
        first_age,
        last_age,
        standard_band_order,
        area_type,
        area_code,
        breakdown,
        imd_edition,
        category,
        population
    from rolled
    where imd_edition = 'not_used'
        or imd_edition in (select cast(imd_edition as varchar) from {{ source('run', 'imd_edition') }})
)

select * from final

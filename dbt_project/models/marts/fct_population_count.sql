{#- Resident population by area, breakdown and standard age band, once for each range of ages that indicators cover. -#}
with age_range as (
    select distinct
        first_age,
        last_age
    from {{ source('run', 'indicator') }}
    where denominator_type = 'population'
),

rows as (
    select
        age_range.first_age,
        age_range.last_age,
        population.residence_key,
        population.ethnic_category_code,
        population.sex_code,
        population.age_from,
        population.population
    from {{ ref('int_population__residence') }} as population
    inner join age_range on population.age_from between age_range.first_age and age_range.last_age
),

labelled as (
    select
        rows.first_age,
        rows.last_age,
        coalesce(band.band_order, 0) as standard_band_order,
        {{ group_labels('residence', 'rows.first_age', 'rows.last_age') }},
        rows.population
    from rows
    {{ group_joins() }}
),

{# Ages inside one band differ by nothing that is rolled up: one row a band is enough. #}
banded as (
    select
        first_age, last_age, standard_band_order, region, icb, sub_icb, la,
        ethnic_group_5, ethnic_category, sex, age_band,
        imd_decile_2019, imd_quintile_2019, core20_2019, imd_decile_2025, imd_quintile_2025, core20_2025,
        cast(sum(population) as bigint) as population
    from labelled
    group by all
),

rolled as (
    {{ rollup(
        'banded',
        ['first_age', 'last_age', 'standard_band_order'],
        ['cast(sum(population) as bigint) as population'],
        ['england', 'region', 'icb', 'sub_icb', 'la']
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

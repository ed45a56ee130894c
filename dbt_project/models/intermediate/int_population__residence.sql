{#- Where the estimates are not split by sex or ethnic category, 'not_split' marks it: it never matches a known group. -#}
with final as (
    select
        population.population_vintage,
        key.residence_key,
        coalesce(population.ethnic_category_code, 'not_split') as ethnic_category_code,
        coalesce(population.sex_code, 'not_split') as sex_code,
        {{ age_from('population.age_from') }} as age_from,
        cast(sum(population.population) as bigint) as population
    from {{ source('reference', 'population') }} as population
    inner join {{ ref('int_lsoa__residence_key') }} as key on population.lsoa_code = key.lsoa_code
    group by all
)

select * from final

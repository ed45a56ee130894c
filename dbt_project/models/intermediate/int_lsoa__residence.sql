{#- Each LSOA code is bridged on its own: feeds carry 2011 codes in columns named 2021, so membership decides the vintage. -#}
with code_2011 as (
    select distinct lsoa11_code as lsoa_code from {{ source('reference', 'lsoa_change') }}
),

code_2021 as (
    select distinct lsoa21_code as lsoa_code from {{ source('reference', 'lsoa_change') }}
),

population as (
    select
        lsoa_code,
        sum(population) as population
    from {{ source('reference', 'population') }}
    group by lsoa_code
),

{# A code that is not in the other vintage is carried over by the exact-fit table. Where it has several partners, the one
   with most people stands for it, the lowest code on a tie; match_quality says so unless all partners share the decile. #}
to_2021 as (
    select
        change.lsoa11_code as lsoa_code,
        change.lsoa21_code,
        decile.imd_decile,
        row_number() over (
            partition by change.lsoa11_code
            order by coalesce(population.population, 0) desc, change.lsoa21_code asc
        ) as preference
    from {{ source('reference', 'lsoa_change') }} as change
    left join {{ ref('int_lsoa__decile') }} as decile
        on change.lsoa21_code = decile.lsoa_code and decile.imd_edition = 2025
    left join population on change.lsoa21_code = population.lsoa_code
    where change.lsoa11_code not in (select lsoa_code from code_2021)
),

to_2011 as (
    select
        change.lsoa21_code as lsoa_code,
        change.lsoa11_code,
        decile.imd_decile,
        row_number() over (
            partition by change.lsoa21_code
            order by coalesce(population.population, 0) desc, change.lsoa11_code asc
        ) as preference
    from {{ source('reference', 'lsoa_change') }} as change
    left join {{ ref('int_lsoa__decile') }} as decile
        on change.lsoa11_code = decile.lsoa_code and decile.imd_edition = 2019
    left join population on change.lsoa11_code = population.lsoa_code
    where change.lsoa21_code not in (select lsoa_code from code_2011)
),

agreement_2021 as (
    select
        lsoa_code,
        count(*) as partners,
        count(distinct imd_decile) as deciles
    from to_2021
    group by lsoa_code
),

agreement_2011 as (
    select
        lsoa_code,
        count(*) as partners,
        count(distinct imd_decile) as deciles
    from to_2011
    group by lsoa_code
),

given as (
    select
        coalesce(code_2011.lsoa_code, code_2021.lsoa_code) as lsoa_code,
        case
            when code_2021.lsoa_code is null then '2011'
            when code_2011.lsoa_code is null then '2021'
            else '2011 and 2021'
        end as lsoa_vintage_given
    from code_2011
    full outer join code_2021 on code_2011.lsoa_code = code_2021.lsoa_code
),

bridged as (
    select
        given.lsoa_code,
        given.lsoa_vintage_given,
        coalesce(to_2011.lsoa11_code, given.lsoa_code) as lsoa11_code,
        coalesce(to_2021.lsoa21_code, given.lsoa_code) as lsoa21_code,
        case
            when agreement_2011.partners is null or agreement_2011.partners = 1 then 'exact'
            when agreement_2011.deciles = 1 then 'same_decile'
            else 'best_fit'
        end as imd2019_match_quality,
        case
            when agreement_2021.partners is null or agreement_2021.partners = 1 then 'exact'
            when agreement_2021.deciles = 1 then 'same_decile'
            else 'best_fit'
        end as imd2025_match_quality
    from given
    left join to_2011 on given.lsoa_code = to_2011.lsoa_code and to_2011.preference = 1
    left join to_2021 on given.lsoa_code = to_2021.lsoa_code and to_2021.preference = 1
    left join agreement_2011 on given.lsoa_code = agreement_2011.lsoa_code
    left join agreement_2021 on given.lsoa_code = agreement_2021.lsoa_code
),

final as (
    select
        bridged.lsoa_code,
        bridged.lsoa_vintage_given,
        bridged.lsoa11_code,
        bridged.lsoa21_code,
        bridged.imd2019_match_quality,
        bridged.imd2025_match_quality,
        imd2019.imd_decile as imd2019_decile,
        imd2025.imd_decile as imd2025_decile,
        area.sub_icb_code,
        area.icb_code,
        area.region_code,
        area.la_code
    from bridged
    inner join {{ source('reference', 'lsoa21_area') }} as area
        on bridged.lsoa21_code = area.lsoa21_code
    inner join {{ source('run', 'setting') }} as setting
        on area.organisation_edition = setting.organisation_edition
    left join {{ ref('int_lsoa__decile') }} as imd2019
        on bridged.lsoa11_code = imd2019.lsoa_code and imd2019.imd_edition = 2019
    left join {{ ref('int_lsoa__decile') }} as imd2025
        on bridged.lsoa21_code = imd2025.lsoa_code and imd2025.imd_edition = 2025
)

select * from final

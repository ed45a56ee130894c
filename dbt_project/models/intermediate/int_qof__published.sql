{#- Patients on the hypertension register and on the list of all ages, by practice, and summed to the boundaries of the run
    through the CCG the practice had in its year. England is the sum of all practices. -#}
with practice as (
    select
        prevalence.source_period,
        prevalence.practice_code as practice,
        location.practice_name,
        coalesce(successor.sub_icb_code, 'no_sub_icb') as sub_icb,
        coalesce(successor.icb_code, 'no_icb') as icb,
        coalesce(successor.region_code, 'no_region') as region,
        prevalence.people_on_register,
        prevalence.people_on_list
    from {{ ref('stg_qof__prevalence') }} as prevalence
    left join {{ ref('stg_qof_practice__location') }} as location
        on prevalence.source_period = location.source_period
        and prevalence.practice_code = location.practice_code
    left join {{ ref('int_sub_icb__successor') }} as successor
        on location.ccg_ods_code = successor.organisation_code
    where prevalence.group_code = 'HYP' and prevalence.patient_list_type = 'TOTAL'
),

rolled as (
    {{ area_totals('practice', ['source_period'], ['practice', 'sub_icb', 'icb', 'region'], [
        'case when grouping(practice) = 0 then max(practice_name) end as area_name',
        'sum(people_on_register) as numerator',
        'sum(people_on_list) as denominator',
    ]) | indent(4) }}
),

final as (
    select
        'financial_year' as period_type,
        part.period_start,
        part.period_end,
        rolled.area_type,
        rolled.area_code,
        rolled.area_name,
        cast(setting.organisation_edition as varchar) as organisation_edition,
        'total' as breakdown,
        'not_used' as imd_edition,
        'total' as category,
        rolled.numerator,
        rolled.denominator,
        cast(null as double) as published_value,
        cast(null as double) as published_lower_95,
        cast(null as double) as published_upper_95
    from rolled
    inner join {{ source('run', 'part') }} as part on part.feed = 'qof' and rolled.source_period = part.period
    cross join {{ source('run', 'setting') }} as setting
)

select * from final

{#- Patients on the hypertension register and on the list of all ages, by practice, and summed to the boundaries of the run
    through the CCG the practice had in its year. England is the sum of all practices.
    By practice_imd_quintile: by the deprivation of the practice, not of the patient. -#}
with practice as (
    select
        prevalence.source_period,
        prevalence.practice_code as practice,
        location.practice_name,
        coalesce(successor.sub_icb_code, 'no_sub_icb') as sub_icb,
        coalesce(successor.icb_code, 'no_icb') as icb,
        coalesce(successor.region_code, 'no_region') as region,
        prevalence.people_on_register as numerator,
        prevalence.people_on_list as denominator
    from {{ ref('stg_qof__prevalence') }} as prevalence
    left join {{ ref('stg_qof_practice__location') }} as location
        on prevalence.source_period = location.source_period
        and prevalence.practice_code = location.practice_code
    left join {{ ref('int_sub_icb__successor') }} as successor
        on location.ccg_ods_code = successor.organisation_code
    where prevalence.group_code = 'HYP' and prevalence.patient_list_type = 'TOTAL'
),

{{ practice_figures('qof', 'practice') }},

final as (
    {{ figures_of_periods('qof', 'financial_year') | indent(4) }}
)

select * from final

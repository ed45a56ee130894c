{#- Patients of 13 and over and those with a P9 login of the NHS App, by practice, and summed to the boundaries of the run through
    the sub-ICB location the practice had in its month. By practice_imd_quintile: by the deprivation of the practice. -#}
with practice as (
    select
        stg.source_period,
        stg.practice_code as practice,
        stg.practice_name,
        coalesce(successor.sub_icb_code, 'no_sub_icb') as sub_icb,
        coalesce(successor.icb_code, 'no_icb') as icb,
        coalesce(successor.region_code, 'no_region') as region,
        stg.p9_registrations as numerator,
        stg.patients_13_and_over as denominator
    from {{ ref('stg_nhs_app__registrations') }} as stg
    left join {{ ref('int_sub_icb__successor') }} as successor
        on stg.sub_icb_ods_code = successor.organisation_code
),

{{ practice_figures('nhs_app', 'practice') }},

final as (
    {{ figures_of_periods('nhs_app', 'month') | indent(4) }}
)

select * from final

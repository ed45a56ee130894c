{#- People on the SMI register and those with all six checks, on the boundaries of the run. The file has counts alone, so
    merged areas sum counts and the proportion is made from the sums; England is the sum of all organisations. -#}
with organisation as (
    select
        source_period,
        organisation_code,
        {# A commissioner has people with SMI: a register of 0 is one that was not sent (evidence: I). #}
        max(case when question = 'SMIRegister' then nullif(answer, 0) end) as people_on_register,
        max(case when question = 'All6PHC' then answer end) as people_with_all_checks
    from {{ ref('stg_gpes_phsmi__checks') }}
    group by source_period, organisation_code
),

{# Both numbers of an organisation count, or neither. #}
submitted as (
    select
        source_period,
        organisation_code,
        case when people_with_all_checks is not null then people_on_register end as people_on_register,
        case when people_on_register is not null then people_with_all_checks end as people_with_all_checks
    from organisation
),

located as (
    select
        submitted.source_period,
        coalesce(successor.sub_icb_code, 'no_sub_icb') as sub_icb,
        coalesce(successor.icb_code, 'no_icb') as icb,
        coalesce(successor.region_code, 'no_region') as region,
        submitted.people_on_register,
        submitted.people_with_all_checks
    from submitted
    left join {{ ref('int_sub_icb__successor') }} as successor
        on submitted.organisation_code = successor.organisation_code
),

rolled as (
    {{ area_totals('located', ['source_period'], ['sub_icb', 'icb', 'region'], [
        'sum(people_with_all_checks) as numerator',
        'sum(people_on_register) as denominator',
    ]) | indent(4) }}
),

final as (
    select
        'rolling_12m' as period_type,
        {{ rolling_year_start('part.period_end') }} as period_start,
        part.period_end,
        rolled.area_type,
        rolled.area_code,
        rolled.numerator,
        rolled.denominator,
        {{ counts_of_everybody() }}
    from rolled
    inner join {{ source('run', 'part') }} as part
        on part.feed = 'gpes_phsmi' and rolled.source_period = part.period
    cross join {{ source('run', 'setting') }} as setting
)

select * from final

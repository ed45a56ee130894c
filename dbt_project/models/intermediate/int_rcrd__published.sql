{#- Cancers by stage in the twelve months that end with a month, by ICB on the boundaries of the run. Rapid (proxy) stage and that
    of the registry are never counted together: a window that holds months of both has no counts. -#}
with located as (
    select
        stg.source_period,
        coalesce(successor.icb_code, 'no_icb') as icb,
        coalesce(successor.region_code, 'no_region') as region,
        case when stg.stage_group in ('1', '2') then stg.cases else 0 end as early,
        case when stg.stage_group in ('1', '2', '3', '4') then stg.cases else 0 end as staged,
        stg.cases
    from {{ ref('stg_rcrd__cases') }} as stg
    left join {{ ref('int_icb__successor') }} as successor on stg.icb_ods_code = successor.organisation_code
),

dated as (
    select
        member.period_type,
        member.period_start,
        member.period_end,
        part.release_state,
        located.*
    from located
    inner join {{ ref('int_period__member') }} as member
        on member.feed = 'rcrd' and member.period_type = 'rolling_12m' and located.source_period = member.source_period
    inner join {{ source('run', 'part') }} as part on part.feed = 'rcrd' and located.source_period = part.period
),

rolled as (
    {{ area_totals('dated', ['period_type', 'period_start', 'period_end'], ['icb', 'region'], [
        'sum(early) as early',
        'sum(staged) as staged',
        'sum(cases) as cases',
    ]) | indent(4) }}
),

{# Of the whole window, not of one area's rows in it. #}
one_state as (
    select period_end
    from dated
    group by period_end
    having count(distinct release_state) = 1
),

final as (
    select
        rolled.period_type,
        rolled.period_start,
        rolled.period_end,
        rolled.area_type,
        rolled.area_code,
        case when one_state.period_end is not null then rolled.early end as early,
        case when one_state.period_end is not null then rolled.staged end as staged,
        case when one_state.period_end is not null then rolled.cases end as cases,
        {{ counts_of_everybody() }}
    from rolled
    left join one_state on rolled.period_end = one_state.period_end
    cross join {{ source('run', 'setting') }} as setting
)

select * from final

{#- Differences of median waits within treatment functions, beside the gaps of ELE04 that they adjust and where those may be
    shown: for the country, regions and ICBs, elsewhere functions are too small. -#}
{{ config(materialized='table', schema='marts', contract={'enforced': false}) }}
with gap as (
    select *
    from {{ ref('int_publication__gap') }}
    where indicator_id = 'ELE04' and measure = 'absolute_gap' and area_type in ('england', 'region', 'icb')
),

within_function as (
    select
        found.*,
        member.period_type,
        member.period_end,
        found.covered_share >= {{ least_share_within_functions() }} as is_covered
    from {{ ref('int_indicator__within_function') }} as found
    inner join {{ ref('int_period__member') }} as member
        on member.feed = 'wlmds' and found.source_period = member.source_period
),

final as (
    select
        gap.indicator_id, gap.indicator_version, gap.feed, gap.denominator_type,
        gap.period_type, gap.period_start, gap.period_end,
        gap.area_type, gap.area_code, gap.area_name_published, gap.organisation_edition,
        gap.dimension,
        gap.imd_edition,
        'absolute_gap_within_functions' as measure,
        'most minus least deprived within treatment functions of {{ least_pathways_of_a_function() }} and more pathways in both'
            || ', weighted by these'
            {# In twentieths, rounded down: no count of few can be found from it. #}
            || case when gap.value_status = 'shown' and within_function.is_covered
                then '; they hold at least ' || cast(cast(floor(within_function.covered_share * 20e0) * 5 as integer) as varchar)
                    || ' % of pathways' else '' end
            || '; no limits: no method is chosen' as method,
        gap.unit,
        {# To a tenth of a day: an exact mean would say by how many pathways it was divided. #}
        0e0 + round(within_function.value, 1) as value,
        cast(null as double) as lower_95,
        cast(null as double) as upper_95,
        cast(null as double) as bound_lower,
        cast(null as double) as bound_upper,
        cast(null as boolean) as is_robust,
        case
            when gap.value_status <> 'shown' then gap.value_status
            when coalesce(within_function.is_covered, false) then 'shown'
            else 'not_evaluable'
        end as value_status,
        gap.caution
    from gap
    left join within_function
        on {{ same_keys('gap', 'within_function', ['period_type', 'period_end', 'area_type', 'dimension', 'imd_edition']) }}
        and (gap.area_type = 'england' or gap.area_code = within_function.area_code)
)

select * from final

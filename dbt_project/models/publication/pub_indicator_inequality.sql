{#- Inequality of each indicator and area: gaps between two groups, and indices over all of them. Positive, or above 1,
    always means worse for the most deprived or the group named first; for contextual indicators it means higher there. -#}
{%- set columns -%}
    indicator_id, indicator_version, feed, denominator_type, period_type, period_start, period_end,
    area_type, area_code, area_name_published, organisation_edition, dimension, imd_edition, measure,
    method, unit, value, lower_95, upper_95, bound_lower, bound_upper, is_robust, value_status, caution
{%- endset -%}
with together as (
    select {{ columns }} from {{ ref('int_publication__gap') }}
    union all
    select {{ columns }} from {{ ref('int_publication__index') }}
    union all
    select {{ columns }} from {{ ref('int_publication__ratio') }}
    union all
    select {{ columns }} from {{ ref('int_publication__gradient') }}
    union all
    select {{ columns }} from {{ ref('int_publication__within_function') }}
),

final as (
    select
        {{ published_key('gap') }},
        cast(gap.dimension as varchar) as dimension,
        cast(gap.measure as varchar) as measure,
        cast(gap.method as varchar) as method,
        cast(case when gap.value_status = 'shown' then gap.value end as double) as value,
        cast(case when gap.value_status = 'shown' then gap.lower_95 end as double) as lower_95,
        cast(case when gap.value_status = 'shown' then gap.upper_95 end as double) as upper_95,
        cast(case when gap.value_status = 'shown' then gap.bound_lower end as double) as bound_lower,
        cast(case when gap.value_status = 'shown' then gap.bound_upper end as double) as bound_upper,
        cast(case when gap.value_status = 'shown' then gap.is_robust end as boolean) as is_robust,
        {{ ethnicity_stamp('gap', 'gap.dimension') }},
        {{ published_stamp('gap', "coalesce(state.release_state, 'provisional')") }}
    from together as gap
    {{ published_joins('gap') }}
    left join {{ ref('int_period__release_state') }} as state
        on gap.feed = state.feed and gap.period_type = state.period_type and gap.period_end = state.period_end
)

select * from final

with final as (
    select
        {{ published_key('cell') }},
        cast(cell.breakdown as varchar) as breakdown,
        cast(cell.category as varchar) as category,
        cast(cell.numerator as bigint) as numerator,
        cast(cell.denominator as bigint) as denominator,
        cast(cell.value as double) as value,
        cast(cell.lower_95 as double) as lower_95,
        cast(cell.upper_95 as double) as upper_95,
        cast(cell.lower_998 as double) as lower_998,
        cast(cell.upper_998 as double) as upper_998,
        cast(cell.method as varchar) as method,
        cast(cell.unknown_share as double) as unknown_share,
        cast(cell.funnel as varchar) as funnel,
        {{ ethnicity_stamp('cell', 'cell.breakdown') }},
        {{ published_stamp('cell', "coalesce(state.release_state, 'provisional')") }}
    from {{ ref('int_publication__value') }} as cell
    {{ published_joins('cell') }}
    left join {{ ref('int_period__release_state') }} as state
        on cell.feed = state.feed and cell.period_type = state.period_type and cell.period_end = state.period_end
)

select * from final

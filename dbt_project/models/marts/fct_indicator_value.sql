{#- Values and limits from true counts: inside the build only. What is published is made from disclosed counts. -#}
with final as (
    select
        cell.*,
        {{ value_status('cell', 'indicator') }} as value_status,
        {{ indicator_value('cell', 'indicator') }} as value,
        {{ indicator_limit('cell', 'indicator', 'exact', '95', 'lower') }} as lower_95,
        {{ indicator_limit('cell', 'indicator', 'exact', '95', 'upper') }} as upper_95
    from {{ ref('fct_indicator_cell') }} as cell
    inner join {{ source('run', 'indicator') }} as indicator on cell.indicator_id = indicator.indicator_id
    left join {{ ref('poisson_exact') }} as exact on cell.numerator = exact.events
)

select * from final

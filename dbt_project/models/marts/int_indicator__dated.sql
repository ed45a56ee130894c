{#- Person groups in the periods they are published for. A row belongs to every period its part is a member of; what is
    counted over the last part, people once a year say, to the period that ends with its part alone. -#}
with counted_once as (
    select
        series.series_key,
        counted.provider_code,
        counted.residence_key,
        counted.standard_band_order,
        counted.family,
        counted.person_group,
        cast(sum(counted.numerator) as bigint) as numerator,
        cast(sum(counted.denominator) as bigint) as denominator
    from {{ ref('int_indicator__person_group') }} as counted
    {{ series_of_parts('counted') }}
    inner join {{ source('run', 'indicator') }} as indicator on counted.indicator_id = indicator.indicator_id
    where indicator.counted_over = 'every_part' or member.is_last_part
    group by all
),

{# An indicator on population counts no denominator from records: what repeat events add to its variance is summed there. #}
final as (
    select * from counted_once
    union all
    select
        series_key, cast(null as varchar) as provider_code, residence_key, standard_band_order, family, person_group,
        cast(0 as bigint) as numerator,
        repeats as denominator
    from {{ ref('int_indicator__repeat') }}
)

select * from final

{#- Events by LSOA, for the indicators whose gradient over LSOAs is asked for. Events without a known age stand in no age band
    and are left out, as in every standardised rate. -#}
with final as (
    select
        series.series_key,
        counted.neighbourhood_code,
        cast(sum(counted.numerator) as bigint) as events
    from {{ ref('int_indicator__counted') }} as counted
    inner join ({{ band_of_age() }}) as band on counted.age_from = band.age_from
    {{ series_of_parts('counted') }}
    where counted.neighbourhood_code is not null
    group by series.series_key, counted.neighbourhood_code
)

select * from final

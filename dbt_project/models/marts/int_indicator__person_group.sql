{#- Counted indicators collapsed to one family of person groups at a time, for each part, provider and residence. -#}
with rows as (
    select
        counted.indicator_id,
        counted.source_period,
        {# Rates are by residence only: a provider has no resident population. #}
        case when indicator.denominator_type = 'records' then coalesce(counted.provider_code, 'unknown') else 'none' end
            as provider_code,
        counted.residence_key,
        counted.ethnic_category_code,
        counted.sex_code,
        coalesce(band.band_order, 0) as age_band_order,
        {# Standardised rates need every group by age band as well. #}
        case when indicator.measure_type = 'dsr' then coalesce(band.band_order, 0) else 0 end as standard_band_order,
        counted.numerator,
        counted.denominator
    from {{ ref('int_indicator__counted') }} as counted
    inner join {{ source('run', 'indicator') }} as indicator on counted.indicator_id = indicator.indicator_id
    left join {{ ref('standard_population') }} as band
        on counted.age_from >= band.age_from and (counted.age_from <= band.age_to or band.age_to is null)
),

final as (
    {{ person_groups(
        'rows',
        ['indicator_id', 'source_period', 'provider_code', 'residence_key', 'standard_band_order'],
        ['cast(sum(numerator) as bigint) as numerator', 'cast(sum(denominator) as bigint) as denominator']
    ) | indent(4) }}
)

select * from final

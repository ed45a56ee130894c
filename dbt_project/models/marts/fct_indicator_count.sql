with rows as (
    select
        indicator_id, period_type, period_start, period_end, residence_key, ethnic_category_code, sex_code, age_from,
        cast(sum(numerator) as bigint) as numerator,
        cast(sum(denominator) as bigint) as denominator
    from {{ ref('int_indicator__dated') }}
    group by all
),

labelled as (
    select
        rows.indicator_id,
        rows.period_type,
        rows.period_start,
        rows.period_end,
        case when indicator.measure_type = 'dsr' then coalesce(band.band_order, 0) else 0 end as standard_band_order,
        {{ group_labels('residence', 'indicator.first_age', 'indicator.last_age') }},
        rows.numerator,
        rows.denominator
    from rows
    {{ group_joins() }}
    inner join {{ source('run', 'indicator') }} as indicator on rows.indicator_id = indicator.indicator_id
),

by_residence as (
    {{ rollup(
        'labelled',
        ['indicator_id', 'period_type', 'period_start', 'period_end', 'standard_band_order'],
        ['cast(sum(numerator) as bigint) as numerator', 'cast(sum(denominator) as bigint) as denominator'],
        ['england', 'region', 'icb', 'sub_icb', 'la']
    ) | indent(4) }}
),

provider_rows as (
    select
        rows.indicator_id,
        rows.period_type,
        rows.period_start,
        rows.period_end,
        rows.provider_code as provider,
        {{ group_labels('residence', 'indicator.first_age', 'indicator.last_age') }},
        rows.numerator,
        rows.denominator
    from {{ ref('int_indicator__dated') }} as rows
    {{ group_joins() }}
    {# A provider has no resident population: rates are by residence only. #}
    inner join {{ source('run', 'indicator') }} as indicator
        on rows.indicator_id = indicator.indicator_id and indicator.denominator_type = 'records'
),

by_provider as (
    {{ rollup(
        'provider_rows',
        ['indicator_id', 'period_type', 'period_start', 'period_end'],
        ['cast(sum(numerator) as bigint) as numerator', 'cast(sum(denominator) as bigint) as denominator'],
        ['provider']
    ) | indent(4) }}
),

together as (
    select
        indicator_id, period_type, period_start, period_end, standard_band_order,
        area_type, area_code, breakdown, imd_edition, category, numerator, denominator
    from by_residence
    union all
    select
        indicator_id, period_type, period_start, period_end, 0 as standard_band_order,
        area_type, area_code, breakdown, imd_edition, category, numerator, denominator
    from by_provider
),

final as (
    select
        together.indicator_id,
        together.period_type,
        together.period_start,
        together.period_end,
        together.standard_band_order,
        together.area_type,
        together.area_code,
        together.breakdown,
        together.imd_edition,
        together.category,
        together.numerator,
        together.denominator
    from together
    inner join {{ source('run', 'indicator_breakdown') }} as wanted
        on together.indicator_id = wanted.indicator_id and together.breakdown = wanted.breakdown
    where together.imd_edition = 'not_used'
        or together.imd_edition in (select cast(imd_edition as varchar) from {{ source('run', 'imd_edition') }})
)

select * from final

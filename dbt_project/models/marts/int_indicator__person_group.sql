{#- Counted indicators collapsed to one family of person groups at a time: for each part and residence, and for each part and
    provider. -#}
{%- set measures = ['cast(sum(numerator) as bigint) as numerator', 'cast(sum(denominator) as bigint) as denominator'] -%}
with rows as (
    select
        counted.indicator_id,
        {{ group_columns('counted') }},
        {# Standardised rates need every group by age band as well. #}
        case when indicator.measure_type = 'dsr' then coalesce(band.band_order, 0) else 0 end as standard_band_order,
        indicator.denominator_type,
        feed.submitter_area_type,
        counted.numerator,
        counted.denominator
    from {{ ref('int_indicator__counted') }} as counted
    {{ group_column_joins('counted') }}
    inner join {{ source('run', 'indicator') }} as indicator on counted.indicator_id = indicator.indicator_id
    inner join {{ source('run', 'feed') }} as feed on indicator.feed = feed.feed
),

by_residence as (
    {{ person_groups(
        'rows', ['indicator_id', 'source_period', 'standard_band_order'], measures, places_of_records()
    ) | indent(4) }}
),

{# Rates are by residence only: a provider has no resident population. #}
provider_rows as (
    select * from rows where denominator_type = 'records' and submitter_area_type = 'provider'
),

by_provider as (
    {{ person_groups(
        'provider_rows', ['indicator_id', 'source_period', 'standard_band_order', 'provider_code'], measures,
        places_of_providers()
    ) | indent(4) }}
),

{# Practices are small: their total only. #}
by_practice as (
    select
        indicator_id, source_period, provider_code, any_key as residence_key, standard_band_order,
        'all' as family,
        'all' as person_group,
        {{ measures | join(',\n        ') }}
    from rows
    where denominator_type = 'records' and submitter_area_type = 'practice'
    group by indicator_id, source_period, provider_code, any_key, standard_band_order
),

final as (
    select
        indicator_id, source_period, cast(null as varchar) as provider_code, residence_key, standard_band_order,
        family, person_group, numerator, denominator
    from by_residence
    union all
    select
        indicator_id, source_period, provider_code, residence_key, standard_band_order,
        family, person_group, numerator, denominator
    from by_provider
    union all
    select
        indicator_id, source_period, provider_code, residence_key, standard_band_order,
        family, person_group, numerator, denominator
    from by_practice
)

select * from final

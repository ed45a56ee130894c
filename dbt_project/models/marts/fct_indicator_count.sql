{%- set keys = ['series_key', 'standard_band_order'] -%}
{%- set families = ['all', 'ethnic', 'age', 'sex', 'plus'] -%}
{%- set measures = ['cast(sum(numerator) as bigint) as numerator', 'cast(sum(denominator) as bigint) as denominator'] -%}
with series as (
    select
        series.*,
        indicator.first_age,
        indicator.last_age,
        feed.submitter_area_type
    from {{ ref('int_indicator__series') }} as series
    inner join {{ source('run', 'indicator') }} as indicator on series.indicator_id = indicator.indicator_id
    inner join {{ source('run', 'feed') }} as feed on series.feed = feed.feed
),

{# Each family by itself: a row is looked at by the sums of its own family only. #}
{% for family in families -%}
residence_{{ family }} as (
    select
        rows.series_key,
        rows.standard_band_order,
        {{ group_labels(family, 'series.first_age', 'series.last_age') }},
        rows.numerator,
        rows.denominator
    from {{ ref('int_indicator__dated') }} as rows
    {{ group_joins(family) }}
    inner join series on rows.series_key = series.series_key
    where rows.family = '{{ family }}' and rows.provider_code is null
),

provider_{{ family }} as (
    select
        rows.series_key,
        rows.standard_band_order,
        rows.provider_code as provider,
        {{ group_labels(family, 'series.first_age', 'series.last_age') }},
        rows.numerator,
        rows.denominator
    from {{ ref('int_indicator__dated') }} as rows
    {{ group_joins(family) }}
    inner join series on rows.series_key = series.series_key
    where rows.family = '{{ family }}' and rows.provider_code is not null and series.submitter_area_type = 'provider'
),

{% endfor -%}
by_residence as (
    {{ rollup('residence', keys, measures, ['england', 'region', 'icb', 'sub_icb', 'la'], families) | indent(4) }}
),

by_provider as (
    {{ rollup('provider', keys, measures, ['provider'], families) | indent(4) }}
),

by_practice as (
    select
        rows.series_key,
        rows.standard_band_order,
        'practice' as area_type,
        rows.provider_code as area_code,
        'total' as breakdown,
        'not_used' as imd_edition,
        'total' as category,
        rows.numerator,
        rows.denominator
    from {{ ref('int_indicator__dated') }} as rows
    inner join series on rows.series_key = series.series_key
    where rows.provider_code is not null and series.submitter_area_type = 'practice'
),

together as (
    select * from by_residence
    union all
    select * from by_provider
    union all
    select * from by_practice
),

final as (
    select
        series.indicator_id,
        together.series_key,
        together.standard_band_order,
        together.area_type,
        together.area_code,
        {# One breakdown a PLUS group; without any group there is nothing to be in. #}
        case when together.breakdown = 'plus_group' then 'plus_' || split_part(together.category, ' | ', 1)
            else together.breakdown end as breakdown,
        together.imd_edition,
        case when together.breakdown = 'plus_group' then split_part(together.category, ' | ', 2)
            else together.category end as category,
        together.numerator,
        together.denominator
    from together
    inner join series on together.series_key = series.series_key
    inner join {{ source('run', 'indicator_breakdown') }} as wanted
        on series.indicator_id = wanted.indicator_id and together.breakdown = wanted.breakdown
    where (together.imd_edition = 'not_used' and together.category is not null)
        or together.imd_edition in (select cast(imd_edition as varchar) from {{ source('run', 'imd_edition') }})
)

select * from final

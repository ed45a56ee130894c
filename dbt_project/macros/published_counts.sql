{# Figures that were copied from printed tables into one layout of ours, a count out of a count in each row, as
   int_..__published. What a measure is made into is data: reference_data/codes/published_measure.csv.

   proportion: with Wilson's limits. rate: with Byar's. share_ratio: the share that a group has of all that is counted, over its
   share of all it is counted out of, which is its rate over that of all known groups together; log limits, as if the two
   shares were independent. #}
{% macro published_counts(feed, rows) -%}
with counted as (
    select
        measure.indicator_id,
        measure.statistic,
        measure.period_type,
        cast(indicator.multiplier as double) as multiplier,
        stg.*,
        case when stg.category <> 'unknown' and stg.numerator is not null and stg.denominator is not null
            then stg.numerator end as known_numerator,
        case when stg.category <> 'unknown' and stg.numerator is not null and stg.denominator is not null
            then stg.denominator end as known_denominator
    from {{ ref(rows) }} as stg
    inner join {{ ref('published_measure') }} as measure
        on measure.feed = '{{ feed }}' and stg.measure = measure.measure
    inner join {{ source('run', 'indicator') }} as indicator on measure.indicator_id = indicator.indicator_id
),

shared as (
    select
        *,
        cast(sum(known_numerator) over (groups) as bigint) as all_numerator,
        cast(sum(known_denominator) over (groups) as bigint) as all_denominator
    from counted
    window groups as (partition by indicator_id, source_period, area_type, area_code, breakdown, imd_edition)
),

valued as (
    select
        shared.*,
        case statistic
            when 'proportion' then multiplier * {{ proportion_value('numerator', 'denominator') }}
            when 'rate' then multiplier * {{ rate_value('numerator', 'denominator') }}
            when 'share_ratio' then {{ gap_relative(
                '(' ~ proportion_value('known_numerator', 'all_numerator') ~ ')',
                '(' ~ proportion_value('known_denominator', 'all_denominator') ~ ')',
            ) }}
        end as value,
        {% for side in ['lower', 'upper'] -%}
        case statistic
            when 'proportion' then multiplier * {{ wilson_limit('numerator', 'denominator', '95', side) }}
            when 'rate' then multiplier * {{ rate_limit('numerator', 'denominator', '95', side, 'exact.' ~ side ~ '_95') }}
            when 'share_ratio' then {{ gap_relative_limit(
                '(' ~ proportion_value('known_numerator', 'all_numerator') ~ ')',
                log_variance_proportion('known_numerator', 'all_numerator'),
                '(' ~ proportion_value('known_denominator', 'all_denominator') ~ ')',
                log_variance_proportion('known_denominator', 'all_denominator'), '95', side
            ) }}
        end as {{ side }}_95{{ ',' if not loop.last }}
        {% endfor %}
    from shared
    left join {{ ref('poisson_exact') }} as exact on shared.numerator = exact.events
),

printed as (
    select
        valued.indicator_id,
        member.period_type,
        member.period_start,
        member.period_end,
        valued.area_type,
        case valued.area_type when 'england' then setting.country_code else valued.area_code end as area_code,
        valued.area_name,
        'as_published' as organisation_edition,
        valued.breakdown,
        valued.imd_edition,
        valued.category,
        valued.numerator,
        valued.denominator,
        valued.value as published_value,
        valued.lower_95 as published_lower_95,
        valued.upper_95 as published_upper_95
    from valued
    inner join {{ ref('int_period__member') }} as member
        on member.feed = '{{ feed }}'
        and valued.source_period = member.source_period
        and valued.period_type = member.period_type
    cross join {{ source('run', 'setting') }} as setting
),

{# A period of the feed without a figure of an indicator says so, for the country. #}
final as (
    select * from printed
    union all
    select
        wanted.indicator_id,
        member.period_type,
        member.period_start,
        member.period_end,
        {{ country_without_figure() }}
    from {{ source('run', 'indicator_period') }} as wanted
    inner join {{ ref('int_period__member') }} as member
        on wanted.feed = member.feed and wanted.period_type = member.period_type
    cross join {{ source('run', 'setting') }} as setting
    left join printed
        on wanted.indicator_id = printed.indicator_id and member.period_end = printed.period_end
    where wanted.feed = '{{ feed }}' and printed.indicator_id is null
)

select * from final
{%- endmacro %}

{# What was copied, typed. A count the publication hides is left blank there and missing here. #}
{% macro copied_counts(feed) -%}
with source as (
    select * from {{ source('raw', feed) }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('measure') }} as measure,
        {{ clean_text('area_type') }} as area_type,
        {{ clean_text('area_code') }} as area_code,
        {{ clean_text('area_name') }} as area_name,
        {{ clean_text('breakdown') }} as breakdown,
        coalesce({{ clean_text('imd_edition') }}, 'not_used') as imd_edition,
        {{ clean_text('category') }} as category,
        try_cast(numerator as bigint) as numerator,
        try_cast(denominator as bigint) as denominator
    from source
)

select * from final
{%- endmacro %}

{# The columns of a row that says that a publication has no figure of an indicator for the country. #}
{% macro country_without_figure() -%}
    'england' as area_type,
    setting.country_code as area_code,
    cast(null as varchar) as area_name,
    'as_published' as organisation_edition,
    'total' as breakdown,
    'not_used' as imd_edition,
    'total' as category,
    null as numerator, null as denominator,
    null as published_value, null as published_lower_95, null as published_upper_95
{%- endmacro %}

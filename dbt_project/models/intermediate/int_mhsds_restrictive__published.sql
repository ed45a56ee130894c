{#- Restrictive interventions and people subject to them, as printed: a rounded count beside a rate that is a whole number. The
    file has no bed days, so there is no denominator; limits are those of the count, scaled to the rate. -#}
{%- set indicators = [
    {'id': 'MEN03', 'count': 'MHS77', 'value': 'MHS96'},
    {'id': 'MEN03_PEOPLE', 'count': 'MHS76', 'value': 'MHS97'},
] -%}
with labelled as (
    select
        stg.source_period,
        case split_part(stg.breakdown, '; ', 1)
            when 'England' then 'england'
            when 'Region' then 'region'
            else 'provider'
        end as area_type,
        coalesce(region.region_code, stg.level_one) as area_code,
        case split_part(stg.breakdown, '; ', 1) when 'Provider' then stg.level_one_name end as area_name,
        case split_part(stg.breakdown, '; ', 2)
            when 'Upper Ethnicity' then 'ethnic_group_5'
            when 'Lower Ethnicity' then 'ethnic_category'
            when 'Gender' then 'sex'
            else 'total'
        end as breakdown,
        case split_part(stg.breakdown, '; ', 2)
            when 'Upper Ethnicity' then coalesce(
                {% for group in ['White', 'Mixed', 'Asian', 'Black', 'Other'] -%}
                case when stg.level_two_name like '{{ group }}%' then '{{ group }}' end,
                {% endfor -%}
                'unknown'
            )
            when 'Lower Ethnicity' then case when ethnic.is_known then ethnic.ethnic_category_code else 'unknown' end
            when 'Gender' then coalesce(sex.sex, 'unknown')
            else 'total'
        end as category,
        stg.metric,
        stg.metric_value
    from {{ ref('stg_mhsds_restrictive__figures') }} as stg
    left join {{ ref('nhs_region') }} as region on stg.level_one = region.region_ods_code
    left join {{ ref('ethnic_category') }} as ethnic on stg.level_two = ethnic.ethnic_category_code
    left join {{ ref('sex') }} as sex on stg.level_two = sex.sex_code
    where stg.breakdown in (
        'England', 'Region', 'Provider',
        'England; Upper Ethnicity', 'Region; Upper Ethnicity', 'England; Lower Ethnicity', 'England; Gender'
    )
),

{# Not stated and not known are one group here. Counts add up; a rate of two groups cannot be made of two rates. #}
paired as (
    {% for indicator in indicators -%}
    select
        '{{ indicator.id }}' as indicator_id,
        source_period, area_type, area_code, area_name, breakdown, category,
        cast(sum(case when metric = '{{ indicator.count }}' then metric_value end) as bigint) as numerator,
        case when count(case when metric = '{{ indicator.value }}' then 1 end) = 1
            then max(case when metric = '{{ indicator.value }}' then metric_value end) end as rate
    from labelled
    where metric in ('{{ indicator.count }}', '{{ indicator.value }}')
    group by source_period, area_type, area_code, area_name, breakdown, category
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        paired.indicator_id,
        'month' as period_type,
        part.period_start,
        part.period_end,
        paired.area_type,
        paired.area_code,
        paired.area_name,
        'as_published' as organisation_edition,
        paired.breakdown,
        'not_used' as imd_edition,
        paired.category,
        paired.numerator,
        cast(null as bigint) as denominator,
        {# A value without limits is not shown: every value here has them. #}
        case when paired.numerator > 0 and paired.rate > 0 then paired.rate end as published_value,
        {% for side in ['lower', 'upper'] -%}
        {{ rate_limit(
            'paired.numerator', funnel_population('paired.numerator', 'null', 'paired.rate'), '95', side, 'exact.' ~ side ~ '_95'
        ) }} as published_{{ side }}_95{{ ',' if not loop.last }}
        {% endfor %}
    from paired
    inner join {{ source('run', 'part') }} as part
        on part.feed = 'mhsds_restrictive' and paired.source_period = part.period
    left join {{ ref('poisson_exact') }} as exact on paired.numerator = exact.events
)

select * from final

{#- Indicators the yearly maternity file carries, for the areas the publisher counted. It rounds every count to 5, and counts a
    woman or baby in each region and provider that saw her: areas do not sum to England, so each is taken as it is printed.
    The file has no crossed dimensions: no indicator by deprivation or ethnic group comes out of it. -#}
with counted as (
    select
        label.indicator_id,
        stg.source_period,
        stg.organisation_level,
        stg.organisation_code,
        max(stg.organisation_name) as organisation_name,
        sum(case when label.is_numerator then stg.records else 0 end) as numerator,
        sum(case when label.is_denominator then stg.records else 0 end) as denominator
    from {{ ref('stg_msds_annual__counts') }} as stg
    inner join {{ ref('msds_annual_label') }} as label
        on stg.dimension = label.dimension and stg.measure_label = label.measure_label and label.use = 'published'
    group by label.indicator_id, stg.source_period, stg.organisation_level, stg.organisation_code
),

final as (
    select
        counted.indicator_id,
        'financial_year' as period_type,
        part.period_start,
        part.period_end,
        case counted.organisation_level
            when 'National' then 'england'
            when 'Provider' then 'provider'
            else 'region'
        end as area_type,
        coalesce(region.region_code, counted.organisation_code) as area_code,
        {# England and its regions are named by the reference data. #}
        case when counted.organisation_level = 'Provider' then counted.organisation_name end as area_name,
        'as_published' as organisation_edition,
        'total' as breakdown,
        'not_used' as imd_edition,
        'total' as category,
        counted.numerator,
        counted.denominator,
        100e0 * {{ proportion_value('counted.numerator', 'counted.denominator') }} as published_value,
        100e0 * {{ wilson_limit('counted.numerator', 'counted.denominator', '95', 'lower') }} as published_lower_95,
        100e0 * {{ wilson_limit('counted.numerator', 'counted.denominator', '95', 'upper') }} as published_upper_95
    from counted
    inner join {{ source('run', 'part') }} as part
        on part.feed = 'msds_annual' and counted.source_period = part.period
    left join {{ ref('nhs_region') }} as region on counted.organisation_code = region.region_ods_code
)

select * from final

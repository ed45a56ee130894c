{#- Values and limits of Fingertips as printed, for the areas the publisher shows: everybody, and national deciles of LSOAs by
    IMD 2019. Other categories are not ours: deciles within an area, or of whole local authorities. -#}
with wanted as (
    select
        code.indicator_id,
        stg.*
    from {{ ref('stg_fingertips__values') }} as stg
    inner join {{ ref('fingertips_indicator') }} as code
        on stg.fingertips_id = code.fingertips_id and stg.sex = code.sex and stg.age = code.age
),

printed as (
    select
        wanted.indicator_id,
        'financial_year' as period_type,
        part.period_start,
        part.period_end,
        {# ONS entity codes: 54 integrated care board, 38 sub-ICB location, 40 NHS region, 06 to 09 local authority. #}
        case
            when wanted.area_code in (setting.country_code, 'E92000001') then 'england'
            when substr(wanted.area_code, 2, 2) = '54' then 'icb'
            when substr(wanted.area_code, 2, 2) = '38' then 'sub_icb'
            when substr(wanted.area_code, 2, 2) = '40' then 'region'
            when substr(wanted.area_code, 2, 2) in ('06', '07', '08', '09') then 'la'
            else 'other'
        end as area_type,
        wanted.area_code,
        wanted.area_name,
        'as_published' as organisation_edition,
        case when category.imd_decile is null then 'total' else 'imd_decile' end as breakdown,
        coalesce(category.imd_edition, 'not_used') as imd_edition,
        coalesce(cast(category.imd_decile as varchar), 'total') as category,
        wanted.numerator,
        wanted.denominator,
        {# A value without limits is not shown: every value here has them. #}
        case when wanted.lower_95 is not null and wanted.upper_95 is not null then wanted.value end as published_value,
        wanted.lower_95 as published_lower_95,
        wanted.upper_95 as published_upper_95
    from wanted
    inner join {{ source('run', 'part') }} as part
        on part.feed = 'fingertips' and wanted.source_period = part.period
    left join {{ ref('fingertips_category') }} as category
        on wanted.category_type = category.category_type and wanted.category = category.category
    cross join {{ source('run', 'setting') }} as setting
    where category.imd_decile is not null or (wanted.category_type is null and wanted.category is null)
),

{# A year that holds other indicators, but not this one of the country, says so. #}
final as (
    select * from printed
    union all
    select
        code.indicator_id,
        'financial_year' as period_type,
        part.period_start,
        part.period_end,
        {{ country_without_figure() }}
    from {{ source('run', 'part') }} as part
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ ref('fingertips_indicator') }} as code
    left join printed
        on code.indicator_id = printed.indicator_id
        and part.period_end = printed.period_end
        and printed.area_type = 'england'
        and printed.breakdown = 'total'
    where part.feed = 'fingertips' and printed.indicator_id is null
)

select * from final

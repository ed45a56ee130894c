{#- Values and limits are taken as published: below England the export rounds its counts, so they cannot be recomputed. -#}
with published as (
    select
        code.indicator_id,
        stg.*
    from {{ ref('stg_cvdprevent__indicators') }} as stg
    inner join {{ ref('cvdprevent_indicator') }} as code on stg.cvdprevent_code = code.cvdprevent_code
    where stg.category_attribute = 'Persons'
        and (stg.category_type = 'Deprivation quintile' or stg.category = 'Persons')
),

final as (
    select
        published.indicator_id,
        'rolling_12m' as period_type,
        {# A rolling year ends with its quarter. #}
        {{ rolling_year_start('part.period_end') }} as period_start,
        part.period_end,
        {# ONS entity codes: 54 integrated care board, 38 sub-ICB location, 40 NHS region. #}
        case
            when published.area_code in (setting.country_code, 'E92000001') then 'england'
            when substr(published.area_code, 2, 2) = '54' then 'icb'
            when substr(published.area_code, 2, 2) = '38' then 'sub_icb'
            when substr(published.area_code, 2, 2) = '40' then 'region'
            else 'other'
        end as area_type,
        published.area_code,
        published.area_name,
        'as_published' as organisation_edition,
        case when published.category = 'Persons' then 'total' else 'imd_quintile' end as breakdown,
        {# CVDPREVENT quintiles are of IMD 2019 (evidence: K, the export does not say). #}
        case when published.category = 'Persons' then 'not_used' else '2019' end as imd_edition,
        case when published.category = 'Persons' then 'total' else published.category end as category,
        published.numerator,
        published.denominator,
        published.value_pct as published_value,
        published.lower_95_pct as published_lower_95,
        published.upper_95_pct as published_upper_95
    from published
    inner join {{ source('run', 'part') }} as part
        on part.feed = 'cvdprevent' and published.source_period = part.period
    cross join {{ source('run', 'setting') }} as setting
)

select * from final

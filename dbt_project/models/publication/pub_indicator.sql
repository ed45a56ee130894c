with final as (
    select
        cast(indicator.indicator_id as varchar) as indicator_id,
        cast(indicator.version as varchar) as indicator_version,
        cast(indicator.name as varchar) as indicator_name,
        cast(indicator.framework as varchar) as framework,
        cast(indicator.clinical_area as varchar) as clinical_area,
        cast(indicator.feed as varchar) as feed,
        cast(indicator.measure_type as varchar) as measure_type,
        cast(indicator.numerator_definition as varchar) as numerator_definition,
        cast(indicator.denominator_definition as varchar) as denominator_definition,
        cast(indicator.exclusions as varchar) as exclusions,
        cast(indicator.first_age as smallint) as first_age,
        cast(indicator.last_age as smallint) as last_age,
        cast(indicator.unit as varchar) as unit,
        cast(indicator.polarity as varchar) as polarity,
        cast(indicator.method as varchar) as method,
        cast(indicator.target as varchar) as target,
        cast(indicator.disclosure_profile as varchar) as disclosure_profile,
        cast(indicator.evidence as varchar) as evidence,
        cast(indicator.reference_url as varchar) as reference_url,
        cast(indicator.owner as varchar) as owner,
        cast(indicator.review_date as date) as review_date,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from {{ source('run', 'indicator') }} as indicator
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
    where indicator.indicator_id in (select indicator_id from {{ ref('int_publication__value') }})
)

select * from final

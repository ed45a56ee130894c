with final as (
    select
        cast(result.feed as varchar) as feed,
        cast(result.submitter_code as varchar) as submitter_code,
        cast(result.period as varchar) as period,
        cast(result.rule_id as varchar) as rule_id,
        cast(result.dimension as varchar) as dimension,
        cast(result.violated as bigint) as violated,
        cast(result.expected as bigint) as expected,
        cast(result.pct as double) as pct,
        cast(result.threshold_pct as double) as threshold_pct,
        cast(result.severity as varchar) as severity,
        cast(result.status as varchar) as status,
        cast(result.waiver_id as varchar) as waiver_id,
        cast(setting.is_synthetic as boolean) as is_synthetic,
        cast(release.release_id as varchar) as release_id
    from {{ source('verdict', 'rule_result') }} as result
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
)

select * from final

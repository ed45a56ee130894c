{#- Each series over time with what can be said about it: special causes of monthly series, the recent trend of annual
    ones. -#}
with final as (
    select
        {{ published_key('point') }},
        cast(point.dimension as varchar) as dimension,
        cast(point.category as varchar) as category,
        cast(point.measure as varchar) as measure,
        cast(point.method as varchar) as method,
        cast(point.value as double) as value,
        cast(point.mean as double) as mean,
        cast(point.lower_process_limit as double) as lower_process_limit,
        cast(point.upper_process_limit as double) as upper_process_limit,
        cast(point.special_cause_type as varchar) as special_cause_type,
        cast(point.point_type as varchar) as point_type,
        cast(point.has_trial_limits as boolean) as has_trial_limits,
        cast(point.recent_trend as varchar) as recent_trend,
        cast(point.recent_trend_reason as varchar) as recent_trend_reason,
        {{ published_stamp('point', 'point.release_state') }}
    from {{ ref('int_publication__trend') }} as point
    {{ published_joins('point') }}
)

select * from final

{{ config(materialized='view') }}
{#- The newest supplied list is the whole list. -#}
with newest as (
    select max(period_end) as period_end
    from {{ source('run', 'part') }}
    where feed = 'plus_group'
),

final as (
    select
        listed.plus_group_id,
        listed.plus_group_name,
        listed.person_pseudonym,
        listed.valid_from,
        case when listed.is_open then {{ last_day_of_all() }} else listed.valid_to end as valid_to,
        listed.is_date_valid
    from {{ ref('stg_plus_group__members') }} as listed
    inner join {{ source('run', 'part') }} as part
        on part.feed = 'plus_group' and listed.source_period = part.period
    inner join newest on part.period_end = newest.period_end
)

select * from final

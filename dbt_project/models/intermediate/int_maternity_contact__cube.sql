with activity as (
    select
        {{ cube_sources() }}
    from {{ ref('stg_msds_contact__activities') }}
),

final as (
    select
        {{ cube_groups('activity') }},
        count(*) as records
    from activity
    {{ cube_joins('activity', 'msds_contact') }}
    group by all
)

select * from final

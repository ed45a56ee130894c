with contact as (
    select
        {{ cube_sources() }}
    from {{ ref('stg_mhsds_contact__contacts') }}
),

final as (
    select
        {{ cube_groups('contact') }},
        count(*) as records
    from contact
    {{ cube_joins('contact', 'mhsds_contact') }}
    group by all
)

select * from final

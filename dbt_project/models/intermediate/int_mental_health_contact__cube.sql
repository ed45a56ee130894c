with contact as (
    select
        {{ cube_sources() }},
        nhs_number_status_code
    from {{ ref('stg_mhsds_contact__contacts') }}
),

final as (
    select
        {{ cube_groups('contact') }},
        {{ nhs_number_counts('contact') }},
        count(*) as records
    from contact
    {{ cube_joins('contact', 'mhsds_contact') }}
    group by all
)

select * from final

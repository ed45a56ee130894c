with contact as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_years') }} as age_from
    from {{ ref('stg_mhsds_contact__contacts') }}
),

final as (
    select
        contact.source_period,
        contact.provider_code,
        {{ residence_key('contact.lsoa_code', 'residence.residence_key') }} as residence_key,
        contact.ethnic_category_code,
        contact.sex_code,
        contact.age_from,
        {{ plus_key('contact') }},
        count(*) as records
    from contact
    left join {{ ref('int_lsoa__residence_key') }} as residence on contact.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('contact', 'mhsds_contact') }}
    group by all
)

select * from final

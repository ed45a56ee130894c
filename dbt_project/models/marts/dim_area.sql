with setting as (
    select * from {{ source('run', 'setting') }}
),

lsoa as (
    select area.*
    from {{ source('reference', 'lsoa21_area') }} as area
    inner join setting on area.organisation_edition = setting.organisation_edition
),

organisation as (
    select
        case organisation_type when 'trust' then 'provider' else organisation_type end as area_type,
        organisation_code,
        max(organisation_name) as organisation_name
    from {{ source('reference', 'organisation') }}
    group by organisation_type, organisation_code
),

rtt_provider as (
    select
        provider_code,
        max(provider_name) as provider_name
    from {{ ref('stg_rtt__pathways') }}
    group by provider_code
),

submitter as (
    select distinct area_type, area_code
    from {{ ref('fct_indicator_cell') }}
    where area_type in ('provider', 'practice')
),

together as (
    select 'england' as area_type, country_code as area_code, country_name as area_name, null as ods_code, null as parent_area_code
    from setting
    union all
    select distinct 'region', lsoa.region_code, lsoa.region_name, lsoa.region_ods_code, setting.country_code
    from lsoa cross join setting
    union all
    select distinct 'icb', icb_code, icb_name, icb_ods_code, region_code from lsoa
    union all
    select distinct 'sub_icb', sub_icb_code, sub_icb_name, sub_icb_ods_code, icb_code from lsoa
    union all
    select distinct 'la', lsoa.la_code, lsoa.la_name, null, setting.country_code
    from lsoa cross join setting
    union all
    select
        submitter.area_type,
        submitter.area_code,
        coalesce(organisation.organisation_name, rtt_provider.provider_name, 'Not in the organisation list'),
        submitter.area_code,
        null
    from submitter
    left join organisation
        on submitter.area_type = organisation.area_type and submitter.area_code = organisation.organisation_code
    left join rtt_provider on submitter.area_type = 'provider' and submitter.area_code = rtt_provider.provider_code
),

final as (
    select
        together.area_type,
        together.area_code,
        together.area_name,
        together.ods_code,
        together.parent_area_code,
        cast(setting.organisation_edition as varchar) as organisation_edition
    from together
    cross join setting
    where together.area_code is not null
)

select * from final

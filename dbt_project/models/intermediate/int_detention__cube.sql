with period as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_years') }} as age_from,
        {{ in_code_list('legal_status_code', 'mha_detention_legal_status') }} as is_detention_status,
        {# In hospital on the day it starts; a status that is older than the spell came with the person from elsewhere. #}
        status_start_date >= spell_start_date
            and (status_start_date <= spell_end_date or spell_end_date is null) as starts_in_spell,
        case
            when cto_end_reason_code = '02' then 'after recall'
            when status_start_date = spell_start_date then 'on admission'
            else 'after admission'
        end as detention_kind
    from {{ ref('stg_mhsds_detention__periods') }}
),

final as (
    select
        period.source_period,
        period.provider_code,
        {{ residence_key('period.lsoa_code', 'residence.residence_key') }} as residence_key,
        period.ethnic_category_code,
        period.sex_code,
        period.age_from,
        {{ plus_key('period') }},
        coalesce(period.is_detention_status and period.starts_in_spell, false) as is_new_detention,
        case when period.is_detention_status and period.starts_in_spell then period.detention_kind else 'none' end
            as detention_kind,
        count(*) as records
    from period
    left join {{ ref('int_lsoa__residence_key') }} as residence on period.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('period', 'mhsds_detention') }}
    group by all
)

select * from final

with period as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
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
        {{ cube_groups('period') }},
        coalesce(period.is_detention_status and period.starts_in_spell, false) as is_new_detention,
        case when period.is_detention_status and period.starts_in_spell then period.detention_kind else 'none' end
            as detention_kind,
        {# Whose it is: a person may be detained again, and these are not independent. #}
        case when period.is_detention_status and period.starts_in_spell then period.person_pseudonym end as repeat_person,
        {{ nhs_number_counts('period') }},
        count(*) as records
    from period
    {{ cube_joins('period', 'mhsds_detention') }}
    group by all
)

select * from final

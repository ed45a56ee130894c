with source as (
    select
        *,
        {{ external_cause_codes(['external_cause_code']) }} as cause_sent,
        {{ external_cause_codes(secondary_diagnosis_columns()) }} as secondary_causes
    from {{ source('raw', 'sus_apc') }}
),

final as (
    select
        {{ record_columns('episode_end_date', age='age_at_start', lsoa=['lsoa11_code', 'lsoa01_code']) }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as record_id,
        {{ hes_date('episode_end_date') }} as episode_end_date,
        upper({{ clean_text('admission_method_code') }}) as admission_method_code,
        {{ clean_text('patient_classification_code') }} as patient_classification_code,
        try_cast(episode_order as integer) as episode_order,
        {{ clean_text('episode_status') }} as episode_status_code,
        upper(replace({{ clean_text('primary_diagnosis_code') }}, '.', '')) as primary_diagnosis_code,
        {# HES repeats the first cause in a column of its own, SUS does not: counted once, so that both say the same. #}
        case
            when secondary_causes || '|' like '%' || cause_sent || '|%' then secondary_causes
            else nullif(coalesce(cause_sent, '') || coalesce(secondary_causes, ''), '')
        end as external_cause_codes,
        upper(replace({{ clean_text('primary_procedure_code') }}, '.', '')) as primary_procedure_code,
        {# Codes for homelessness start with Z in ICD-10 as among pseudo postcodes. #}
        {{ codes_in_one_text(['pseudo_postcode', 'primary_diagnosis_code'] + secondary_diagnosis_columns(), ['Z']) }} as homelessness_codes
    from source
)

select * from final

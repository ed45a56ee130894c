with source as (
    select * from {{ source('raw', 'msds_contact') }}
),

final as (
    select
        {{ record_columns('contact_date', sex=sex_of_mothers()) }},
        {{ clean_text('pregnancy_id') }} as pregnancy_id,
        {{ clean_text('source_table') }} as source_table,
        {{ clean_text('contact_id') }} as contact_id,
        try_cast({{ clean_text('contact_date') }} as date) as contact_date,
        {{ clean_text('attend_code') }} as attend_code,
        {{ clean_text('staff_group_code') }} as staff_group_code,
        {{ clean_text('care_professional_id') }} as care_professional_id,
        {{ clean_text('care_team_id') }} as care_team_id,
        try_cast({{ clean_text('discharge_date') }} as date) as discharge_date,
        {{ codes_in_one_text(['pseudo_postcode']) }} as homelessness_codes
    from source
)

select * from final

with source as (
    select * from {{ source('raw', 'msds_booking') }}
),

final as (
    select
        {{ record_columns('booking_date', sex=sex_of_mothers()) }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as pregnancy_id,
        try_cast({{ clean_text('period_start_date') }} as date) as period_start_date,
        try_cast({{ clean_text('booking_date') }} as date) as booking_date,
        try_cast({{ clean_text('gestation_at_booking_days') }} as integer) as gestation_at_booking_days,
        try_cast({{ clean_text('discharge_date') }} as date) as discharge_date,
        try_cast({{ clean_text('care_plan_date') }} as date) as care_plan_date,
        {{ clean_text('care_plan_type_code') }} as care_plan_type_code,
        {{ clean_text('continuity_pathway_indicator') }} as continuity_pathway_indicator,
        {{ clean_text('care_professional_id') }} as care_professional_id,
        {{ clean_text('care_team_id') }} as care_team_id,
        {{ codes_in_one_text(['pseudo_postcode']) }} as homelessness_codes
    from source
)

select * from final

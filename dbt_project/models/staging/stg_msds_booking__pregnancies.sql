with source as (
    select * from {{ source('raw', 'msds_booking') }}
),

final as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('record_id') }} as pregnancy_id,
        person_id as person_pseudonym,
        {{ clean_text('provider_code') }} as provider_code,
        try_cast({{ clean_text('period_start_date') }} as date) as period_start_date,
        try_cast({{ clean_text('booking_date') }} as date) as booking_date,
        try_cast({{ clean_text('gestation_at_booking_days') }} as integer) as gestation_at_booking_days,
        try_cast({{ clean_text('discharge_date') }} as date) as discharge_date,
        {{ clean_text('smoking_status_code') }} as smoking_status_code,
        try_cast({{ clean_text('care_plan_date') }} as date) as care_plan_date,
        {{ clean_text('care_plan_type_code') }} as care_plan_type_code,
        {{ clean_text('continuity_pathway_indicator') }} as continuity_pathway_indicator,
        {{ clean_text('care_professional_id') }} as care_professional_id,
        {{ clean_text('care_team_id') }} as care_team_id,
        {{ hes_age('age') }} as age_years,
        {# The data set is about women: the sex of the mother is not sent. #}
        '2' as sex_code,
        {{ clean_text('ethnic_category_code') }} as ethnic_category_code_sent,
        {{ ethnic_category('ethnic_category_code') }} as ethnic_category_code,
        {{ clean_text('lsoa_code') }} as lsoa_code
    from source
)

select * from final

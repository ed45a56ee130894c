with source as (
    select * from {{ source('raw', 'msds_birth') }}
),

final as (
    select
        {{ record_columns('birth_date', sex=sex_of_mothers()) }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as baby_record_id,
        try_cast({{ clean_text('birth_date') }} as date) as birth_date,
        try_cast({{ clean_text('gestation_days') }} as integer) as gestation_days,
        {# Sent as 1 or as 01. Live births and stillbirths are births: 01 to 04. #}
        coalesce(try_cast({{ clean_text('pregnancy_outcome_code') }} as integer) = 1, false) as is_live_birth,
        coalesce(try_cast({{ clean_text('pregnancy_outcome_code') }} as integer) between 1 and 4, false) as is_birth,
        try_cast({{ clean_text('births_in_delivery') }} as integer) as births_in_delivery,
        case lower({{ clean_text('smoking_status_at_delivery') }})
            when 'smoker' then 'smoker'
            when 'non-smoker / ex-smoker' then 'non_smoker'
            else 'unknown'
        end as smoking_status_at_delivery,
        {{ codes_in_one_text(['pseudo_postcode']) }} as homelessness_codes
    from source
)

select * from final

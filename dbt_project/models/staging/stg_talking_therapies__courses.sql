with source as (
    select * from {{ source('raw', 'talking_therapies') }}
),

final as (
    select
        {{ record_columns('discharge_date') }},
        {{ nhs_number_status() }},
        {{ clean_text('record_id') }} as pathway_id,
        try_cast({{ clean_text('referral_date') }} as date) as referral_date,
        try_cast({{ clean_text('first_therapy_date') }} as date) as first_therapy_date,
        try_cast({{ clean_text('discharge_date') }} as date) as discharge_date,
        {{ is_flagged('completed_treatment_flag') }} as is_completed_treatment,
        {{ is_flagged('not_caseness_flag') }} as is_not_caseness,
        {{ is_flagged('recovery_flag') }} as is_recovered,
        {{ is_flagged('reliable_improvement_flag') }} as is_reliably_improved,
        {{ codes_in_one_text(['accommodation_code']) }} as homelessness_codes
    from source
)

select * from final

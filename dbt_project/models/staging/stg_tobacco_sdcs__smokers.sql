with source as (
    select * from {{ source('raw', 'tobacco_sdcs') }}
),

final as (
    select
        {{ record_columns('identified_date') }},
        {{ clean_text('record_id') }} as smoker_record_id,
        {{ clean_text('setting') }} as setting,
        try_cast({{ clean_text('identified_date') }} as date) as identified_date,
        try_cast({{ clean_text('nights_of_stay') }} as integer) as nights_of_stay,
        try_cast({{ clean_text('referral_date') }} as date) as referral_date,
        try_cast({{ clean_text('first_contact_date') }} as date) as first_contact_date
    from source
)

select * from final

with appointment as (
    select
        source_period,
        person_pseudonym,
        provider_code,
        lsoa_code,
        ethnic_category_code,
        sex_code,
        {{ age_from('age_at_appointment_years') }} as age_from,
        {{ in_code_list('attended_code', 'op_attended') }} as is_attended,
        {{ in_code_list('attended_code', 'op_did_not_attend') }} as is_not_attended,
        {{ in_code_list('first_attendance_code', 'op_virtual') }} as is_virtual
    from {{ ref('stg_sus_op__appointments') }}
),

final as (
    select
        appointment.source_period,
        appointment.provider_code,
        {{ residence_key('appointment.lsoa_code', 'residence.residence_key') }} as residence_key,
        appointment.ethnic_category_code,
        appointment.sex_code,
        appointment.age_from,
        {{ plus_key('appointment') }},
        {# Cancelled, still to come, arrived too late to be seen, and not known: in no indicator but those of completeness. #}
        case
            when appointment.is_attended and appointment.is_virtual then 'attended virtually'
            when appointment.is_attended then 'attended in person'
            when appointment.is_not_attended then 'did not attend'
            else 'other'
        end as appointment_outcome,
        count(*) as records
    from appointment
    left join {{ ref('int_lsoa__residence_key') }} as residence on appointment.lsoa_code = residence.lsoa_code
    {{ plus_key_joins('appointment', 'sus_op') }}
    group by all
)

select * from final

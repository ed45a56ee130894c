with appointment as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
        {{ in_code_list('attended_code', 'op_attended') }} as is_attended,
        {{ in_code_list('attended_code', 'op_did_not_attend') }} as is_not_attended,
        {{ in_code_list('first_attendance_code', 'op_virtual') }} as is_virtual
    from {{ ref('stg_sus_op__appointments') }}
),

final as (
    select
        {{ cube_groups('appointment') }},
        {# Cancelled, still to come, arrived too late to be seen, and not known: in no indicator but those of completeness. #}
        case
            when appointment.is_attended and appointment.is_virtual then 'attended virtually'
            when appointment.is_attended then 'attended in person'
            when appointment.is_not_attended then 'did not attend'
            else 'other'
        end as appointment_outcome,
        {{ nhs_number_counts('appointment') }},
        count(*) as records
    from appointment
    {{ cube_joins('appointment', 'sus_op') }}
    group by all
)

select * from final

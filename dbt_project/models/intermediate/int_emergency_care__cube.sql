with attendance as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
        {# ECDS and HES A&E number their attendance categories differently: 4 and 2 are the planned follow-ups. #}
        case
            when source_layout = 'hes_ae'
                then {{ in_code_list('attendance_category_code', 'hes_ae_unplanned_attendance') }}
            else {{ in_code_list('attendance_category_code', 'ecds_unplanned_attendance') }}
        end as is_unplanned,
        {{ in_code_list('department_type_code', 'emergency_department_type_1_and_2') }} as is_major,
        coalesce(minutes_to_departure_sent, {{ minutes_between('arrived_at', 'departed_at') }}) as stay_minutes
    from {{ ref('stg_ecds__attendances') }}
),

final as (
    select
        {{ cube_groups('attendance') }},
        coalesce(attendance.is_unplanned, false) as is_unplanned_attendance,
        coalesce(attendance.is_major and attendance.stay_minutes >= 0, false) as is_timed_major_attendance,
        coalesce(attendance.stay_minutes > {{ minutes_in_4_hours() }}, false) as is_over_4_hours,
        coalesce(attendance.stay_minutes >= {{ minutes_in_12_hours() }}, false) as is_over_12_hours,
        {{ nhs_number_counts('attendance') }},
        count(*) as records
    from attendance
    {{ cube_joins('attendance', 'ecds') }}
    group by all
)

select * from final

{#- The publisher's TOTAL row is a control, kept apart by is_total so that no sum counts it. -#}
with source as (
    select * from {{ source('raw', 'ae_monthly') }}
),

final as (
    select
        source_part_id,
        source_period,
        {{ clean_text('org_code') }} as provider_code,
        {{ clean_text('org_name') }} as provider_name,
        upper({{ clean_text('org_code') }}) = 'TOTAL' as is_total,
        try_cast(attendances_type_1 as bigint) as attendances_type_1,
        try_cast(attendances_type_2 as bigint) as attendances_type_2,
        try_cast(attendances_other as bigint) as attendances_other,
        try_cast(over_4hrs_type_1 as bigint) as over_4hrs_type_1,
        try_cast(over_4hrs_type_2 as bigint) as over_4hrs_type_2,
        try_cast(over_4hrs_other as bigint) as over_4hrs_other,
        try_cast(dta_4_12_hours as bigint) as dta_4_12_hours,
        try_cast(dta_12_plus_hours as bigint) as dta_12_plus_hours,
        try_cast(emergency_admissions_type_1 as bigint) as emergency_admissions_type_1,
        try_cast(emergency_admissions_type_2 as bigint) as emergency_admissions_type_2,
        try_cast(emergency_admissions_other as bigint) as emergency_admissions_other,
        try_cast(other_emergency_admissions as bigint) as other_emergency_admissions
    from source
)

select * from final

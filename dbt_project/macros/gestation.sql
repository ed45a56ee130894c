{# Gestation in days: 29+0 weeks are 203 days, 36+6 are 258. #}
{% macro days_of_gestation(weeks, days) -%} {{ 7 * weeks + days }} {%- endmacro %}

{# Days of gestation on a day, from the booking appointment and the gestation on that day. #}
{% macro gestation_on(day) -%}
    gestation_at_booking_days + datediff('day', booking_date, {{ day }})
{%- endmacro %}

{# What a booking says of its pregnancy at 29+0 weeks: whether it reaches them in the month (null without a gestation; booked
   at 0 days is booked without), whether the woman had left, and whether she was on a continuity of carer pathway. #}
{% macro pregnancy_at_29_weeks() -%}
        case when gestation_at_booking_days > 0 then
            {{ gestation_on('period_start_date') }} <= {{ days_of_gestation(29, 0) }}
            and {{ gestation_on('last_day(period_start_date)') }} >= {{ days_of_gestation(29, 0) }}
        end as reaches_29_weeks_in_the_month,
        {{ gestation_on('discharge_date') }} < {{ days_of_gestation(29, 0) }} as is_discharged_before,
        care_plan_type_code = '05'
            and continuity_pathway_indicator = 'Y'
            and care_professional_id is not null
            and care_team_id is not null
            and {{ gestation_on('care_plan_date') }} < {{ days_of_gestation(29, 0) }} as is_placed_before
{%- endmacro %}

{# The record feeds: where their records and their cube are, and how each says its age, a date that cannot be used, the
   date of what it is about, and (where it has one) whether the number behind an NHS number status was checked. What is
   measured of one record feed is measured of all; a new one is one entry here. #}
{% macro record_feeds() -%}
    {{ return([
        {
            'feed': 'sus_apc', 'records': 'stg_sus_apc__episodes', 'cube': 'int_admitted_care__cube',
            'age': 'age_years', 'date_not_valid': 'episode_end_date is null',
            'event_date': 'episode_end_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'ecds', 'records': 'stg_ecds__attendances', 'cube': 'int_emergency_care__cube',
            'age': 'age_years', 'date_not_valid': 'arrival_date is null',
            'event_date': 'arrival_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'sus_op', 'records': 'stg_sus_op__appointments', 'cube': 'int_outpatient_care__cube',
            'age': 'age_years', 'date_not_valid': 'appointment_date is null',
            'event_date': 'appointment_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'wlmds', 'records': 'stg_wlmds__pathways', 'cube': 'int_waiting_list__cube',
            'age': 'age_years', 'date_not_valid': 'clock_start_date is null or clock_start_date > week_ending_date',
            'event_date': 'clock_start_date', 'nhs_number_check': "coalesce(nhs_number_check, 'Y')",
        },
        {
            'feed': 'gp_extract', 'records': 'stg_gp_extract__persons', 'cube': 'int_gp_register__cube',
            'age': 'age_months', 'date_not_valid': 'latest_date > snapshot_date',
            'event_date': 'latest_date',
        },
        {
            'feed': 'talking_therapies', 'records': 'stg_talking_therapies__courses', 'cube': 'int_talking_therapies__cube',
            'age': 'age_years', 'date_not_valid': 'discharge_date is null',
            'event_date': 'discharge_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'msds_birth', 'records': 'stg_msds_birth__babies', 'cube': 'int_birth__cube',
            'age': 'age_years', 'date_not_valid': 'birth_date is null',
            'is_about_mothers': true, 'event_date': 'birth_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'msds_booking', 'records': 'stg_msds_booking__pregnancies', 'cube': 'int_booking__cube',
            'age': 'age_years', 'date_not_valid': 'booking_date is null or gestation_at_booking_days is null',
            'is_about_mothers': true, 'event_date': 'booking_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'msds_contact', 'records': 'stg_msds_contact__activities', 'cube': 'int_maternity_contact__cube',
            'age': 'age_years', 'date_not_valid': 'contact_date is null',
            'is_about_mothers': true, 'event_date': 'contact_date',
        },
        {
            'feed': 'tobacco_sdcs', 'records': 'stg_tobacco_sdcs__smokers', 'cube': 'int_tobacco_dependence__cube',
            'age': 'age_years', 'date_not_valid': 'identified_date is null',
            'event_date': 'identified_date',
        },
        {
            'feed': 'mhsds_contact', 'records': 'stg_mhsds_contact__contacts', 'cube': 'int_mental_health_contact__cube',
            'age': 'age_years', 'date_not_valid': 'contact_date is null',
            'event_date': 'contact_date', 'nhs_number_check': "'Y'",
        },
        {
            'feed': 'mhsds_detention', 'records': 'stg_mhsds_detention__periods', 'cube': 'int_detention__cube',
            'age': 'age_years', 'date_not_valid': 'status_start_date is null',
            'event_date': 'status_start_date', 'nhs_number_check': "'Y'",
        },
    ]) }}
{%- endmacro %}

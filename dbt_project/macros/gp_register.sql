{# What a GP record says on a snapshot day. The rows have snapshot_date; a date after it does not count. #}

{# A date of the last so many whole months that end with the snapshot. #}
{% macro in_last_months(day, months) -%}
    coalesce({{ day }} between {{ first_day_of_last_months('snapshot_date', months) }} and snapshot_date, false)
{%- endmacro %}

{# The diagnosis is recorded, and no code that ends it (resolved, in remission) is later than its latest code. #}
{% macro on_register(diagnosis, ended=none) -%}
    coalesce(
        {{ diagnosis }} <= snapshot_date
        {%- if ended %} and not coalesce({{ ended }} > {{ diagnosis }} and {{ ended }} <= snapshot_date, false) {%- endif %},
        false
    )
{%- endmacro %}

{# All of the dates lie in the last so many months. #}
{% macro all_in_last_months(days, months) -%}
    {%- for day in days -%}
    {{ in_last_months(day, months) }} {%- if not loop.last %}
    and {% endif -%}
    {%- endfor -%}
{%- endmacro %}

{# Blood pressure in mmHg (cvd-prevent-tool): a pressure below these is an error of measurement or typing. #}
{% macro lowest_valid_systolic() -%} 50 {%- endmacro %}
{% macro lowest_valid_diastolic() -%} 20 {%- endmacro %}
{# Treated to threshold: at most 140/90, and 150/90 from the age of 80 (catalogue CVD01). #}
{% macro age_of_the_higher_systolic_threshold() -%} 80 {%- endmacro %}
{% macro systolic_threshold() -%} 140 {%- endmacro %}
{% macro systolic_threshold_at_80() -%} 150 {%- endmacro %}
{% macro diastolic_threshold() -%} 90 {%- endmacro %}
{# Cholesterol in mmol/l for people with CVD (NICE NG238, catalogue CVD04). #}
{% macro non_hdl_threshold() -%} 2.6e0 {%- endmacro %}
{% macro ldl_threshold() -%} 2.0e0 {%- endmacro %}
{# QRISK in per cent, CHA2DS2-VASc points, and reliever inhalers in twelve months (catalogue CVD03, CVD05, AST02). #}
{% macro high_qrisk() -%} 20 {%- endmacro %}
{% macro high_stroke_risk_score() -%} 2 {%- endmacro %}
{% macro over_reliant_saba_issues() -%} 6 {%- endmacro %}
{# From here on the national bundle of care for children with asthma asks for a review (catalogue AST02, variant). #}
{% macro saba_issues_of_a_review() -%} 3 {%- endmacro %}
{# A treatment is current when it was issued in the last six months: catalogue for anticoagulants, proposed (I) for lipids. #}
{% macro months_a_treatment_is_current() -%} 6 {%- endmacro %}
{# A blood pressure is looked back for five years where there is no diagnosis (catalogue CVD02, I). #}
{% macro months_of_case_finding() -%} 60 {%- endmacro %}

{% macro smi_physical_check_dates() -%}
    {{ return(['bmi_date', 'bp_date', 'alc_date', 'smok_date', 'chol_date', 'hba1c_or_glucose_date']) }}
{%- endmacro %}

{% macro diabetes_care_process_dates() -%}
    {{ return([
        'hba1c_date', 'bp_date', 'chol_date', 'creatinine_date', 'acr_date', 'foot_exam_date', 'bmi_date', 'smok_date',
    ]) }}
{%- endmacro %}
{# Pregnant: a woman under 50 with a pregnancy code in the last 36 weeks and none of its end since (PRIMIS, as published by
   OpenSAFELY for the vaccination cohorts of 2021). #}
{% macro first_age_without_pregnancy() -%} 50 {%- endmacro %}
{% macro days_a_pregnancy_code_holds() -%} 252 {%- endmacro %}
{# Immunosuppressed: a disease that is, ever; a medicine, chemotherapy or radiotherapy from six months, or an administrative code
   from three years before the campaign on (business rules of UKHSA for the uptake of COVID-19 vaccines, 3.5). #}
{% macro is_immunosuppressed(first_day_of_campaign) -%}
    ({{ on_register('immdx_cov_cod_date') }}
    {%- for day, months in [('immrx_cod_date', 6), ('dxt_chemo_cod_date', 6), ('immadm_cod_date', 36)] %}
    or coalesce({{ day }} between {{ first_day_of_campaign }} - to_months({{ months }}) and snapshot_date, false)
    {%- endfor %})
{%- endmacro %}
{# Pneumococcal vaccine is offered to people at risk from the age of two (Green Book, chapter 25). #}
{% macro first_age_of_pneumococcal_risk_groups() -%} 2 {%- endmacro %}

{# Multiple long-term conditions: two or more (NICE NG56). #}
{% macro multiple_conditions() -%} 2 {%- endmacro %}

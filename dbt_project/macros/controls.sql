{# Columns of the monthly A&E file whose TOTAL row is checked against its providers. #}
{% macro ae_control_columns() -%}
    {{ return([
        'attendances_type_1', 'attendances_type_2', 'attendances_other', 'over_4hrs_type_1', 'over_4hrs_type_2',
        'over_4hrs_other', 'dta_4_12_hours', 'dta_12_plus_hours', 'emergency_admissions_type_1',
        'emergency_admissions_type_2', 'emergency_admissions_other', 'other_emergency_admissions'
    ]) }}
{%- endmacro %}

{# Half of the last printed digit of a percentage with two decimals, and the noise of a double. #}
{% macro printed_precision() -%} 5.000001e-3 {%- endmacro %}

{# Questions of the SMI file: the register, all six checks, and each of the six. #}
{% macro gpes_phsmi_questions() -%} 8 {%- endmacro %}

{# How far a count rounded to 5, with 1 to 7 shown as 5, may be from the true one. #}
{% macro largest_rounding_to_5() -%} 4 {%- endmacro %}

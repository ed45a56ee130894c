{#- Codes that were sent and are in a list, in the parts in which they are: a code counts in a part when the list has it on the
    last day of it. Each feed is read once. -#}
{%- set coded = {
    'stg_sus_apc__episodes': [
        'primary_diagnosis_code', 'primary_procedure_code', 'admission_method_code', 'patient_classification_code',
        'external_cause_codes',
    ],
    'stg_ecds__attendances': ['attendance_category_code', 'department_type_code'],
    'stg_sus_op__appointments': ['attended_code', 'first_attendance_code'],
    'stg_wlmds__pathways': ['waiting_list_type_code', 'treatment_function_code'],
    'stg_mhsds_contact__contacts': ['attend_status_code', 'mechanism_code'],
    'stg_mhsds_detention__periods': ['legal_status_code'],
    'stg_msds_contact__activities': ['attend_code', 'staff_group_code'],
} -%}
with {% for model, columns in coded.items() -%}
{{ model }}_codes as (
    select {% for column in columns %}list(distinct {{ column }}) as {{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
    from {{ ref(model) }}
),

{% endfor -%}
codes_sent as (
    {% for model, columns in coded.items() -%}
    {% set outer_last = loop.last -%}
    {% for column in columns if column != 'external_cause_codes' -%}
    select unnest({{ column }}) as code from {{ model }}_codes
    {% if not (outer_last and loop.last) %}union
    {% endif -%}
    {% endfor -%}
    {% endfor %}
),

causes_sent as (
    select unnest(external_cause_codes) as codes from stg_sus_apc__episodes_codes
),

{# Several codes in one text, each after a bar: in a list when any of them is. #}
member_by_any_cause as (
    select
        list.code_list_id,
        causes_sent.codes as code,
        list.valid_from,
        list.valid_to
    from causes_sent
    inner join {{ ref('code_list') }} as list
        on {{ has_listed_code('causes_sent.codes', 'list') }}
),

member_by_code as (
    select
        list.code_list_id,
        codes_sent.code,
        list.valid_from,
        list.valid_to
    from codes_sent
    inner join {{ ref('code_list') }} as list
        on (list.match_rule = 'exact' and codes_sent.code = list.code)
        or (list.match_rule = 'prefix' and codes_sent.code like list.code || '%')
),

member as (
    select * from member_by_code
    union all
    select * from member_by_any_cause
),

part as (
    select distinct period as source_period, period_end from {{ source('run', 'part') }}
),

final as (
    select distinct
        member.code_list_id,
        member.code,
        part.source_period
    from member
    inner join part on {{ is_listed_on('member', 'part.period_end') }}
)

select * from final

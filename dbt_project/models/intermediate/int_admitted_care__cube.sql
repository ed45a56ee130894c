with episode as (
    select
        {{ cube_sources() }},
        nhs_number_status_code,
        {{ in_code_list('patient_classification_code', 'patient_classification_admitted') }} as is_admitted_class,
        {{ in_code_list('admission_method_code', 'emergency_admission_method') }} as is_emergency_method,
        {{ in_code_list('admission_method_code', 'elective_admission_method') }} as is_elective_method,
        episode_status_code = '3' as is_finished,
        episode_order = 1 as is_first_in_spell,
        {{ in_code_list('external_cause_codes', 'icd10_selfharm') }} as is_self_harm,
        {# Codes in no list are one group: the cube stays small and loses nothing an indicator asks for. #}
        case
            when {{ is_not_coded('primary_diagnosis_code') }} then 'not_coded'
            when primary_diagnosis_code in (select code from {{ ref('int_code_list__member') }})
                then primary_diagnosis_code
            else 'other'
        end as primary_diagnosis_code,
        case when primary_procedure_code in (select code from {{ ref('int_code_list__member') }})
            then primary_procedure_code else 'other' end as primary_procedure_code
    from {{ ref('stg_sus_apc__episodes') }}
),

final as (
    select
        {{ cube_groups('episode') }},
        coalesce(episode.is_finished and episode.is_admitted_class, false) as is_finished_admitted_episode,
        coalesce(
            episode.is_finished and episode.is_admitted_class
            and episode.is_first_in_spell and episode.is_emergency_method, false
        ) as is_emergency_admission,
        coalesce(
            episode.is_finished and episode.is_admitted_class
            and episode.is_first_in_spell and episode.is_elective_method, false
        ) as is_elective_admission,
        coalesce(episode.is_self_harm, false) as has_self_harm_cause,
        episode.primary_diagnosis_code,
        episode.primary_procedure_code,
        {# Emergency admissions that an indicator may name: whose they were, for repeat admissions are not independent, and in
           which LSOA they live, for the gradient over LSOAs. #}
        {% for column, name in [('episode.person_pseudonym', 'repeat_person'), ('residence.lsoa21_code', 'neighbourhood_code')] -%}
        case
            when episode.is_finished and episode.is_admitted_class and episode.is_first_in_spell and episode.is_emergency_method
                and (episode.primary_diagnosis_code not in ('other', 'not_coded') or episode.is_self_harm)
                then {{ column }}
        end as {{ name }},
        {% endfor -%}
        {{ nhs_number_counts('episode') }},
        count(*) as records
    from episode
    {{ cube_joins('episode', 'sus_apc') }}
    group by all
)

select * from final

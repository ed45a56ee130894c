{#- One column an indicator: missing where the person is not in its denominator, else whether in its numerator. -#}
with sent as (
    {# Extracts need not have these columns. Where nobody has a date nobody is asked for: to count everybody as not
       vaccinated, or no pregnancy as ended, would look like an answer. #}
    select
        source_period,
        count(pneuvac_date) > 0 as has_pneumococcal_vaccinations,
        count(covidvac_date) > 0 as has_covid19_vaccinations,
        count(pregdel_cod_date) > 0 as has_ends_of_pregnancies
    from {{ ref('int_gp_register__person') }}
    group by source_period
),

register as (
    select
        person.*,
        campaign.age_from as covid19_age_from,
        campaign.care_home_age_from as covid19_care_home_age_from,
        age_months >= campaign.immunosuppressed_age_from_months and age_years < campaign.age_from
            and {{ is_immunosuppressed('campaign.first_day') | indent(12) }} as is_offered_covid19_vaccine_immunosuppressed,
        sent.has_pneumococcal_vaccinations,
        sent.has_covid19_vaccinations,
        sent.has_ends_of_pregnancies,
        coalesce(
            person.covidvac_date between campaign.first_day and person.snapshot_date, false
        ) as has_covid19_vaccine_of_the_campaign,
        coalesce(
            person.fluvac_date between person.vaccination_season_start and person.snapshot_date, false
        ) as has_flu_vaccine_of_the_season,
        person.age_years between 5 and 17 and person.has_asthma and person.saba_issues_12m >= 1
            as is_young_person_on_saba
    from {{ ref('int_gp_register__person') }} as person
    inner join sent on person.source_period = sent.source_period
    left join {{ ref('covid19_campaign') }} as campaign
        on person.snapshot_date between campaign.first_day and campaign.last_day
),

measured as (
    select
        {{ cube_sources() }},
        case when age_years >= 18 and has_hypertension then
            is_bp_valid and {{ in_last_months('bp_date', 12) }}
            and bp_diastolic <= {{ diastolic_threshold() }}
            and bp_systolic <= case
                when age_years >= {{ age_of_the_higher_systolic_threshold() }} then {{ systolic_threshold_at_80() }}
                else {{ systolic_threshold() }}
            end
        end as is_hypertension_treated,
        case
            when age_years >= 18 and not was_ever_hypertensive and is_bp_valid
                and {{ in_last_months('bp_date', months_of_case_finding()) }}
                then bp_systolic >= {{ systolic_threshold() }} or bp_diastolic >= {{ diastolic_threshold() }}
        end as is_bp_high_without_diagnosis,
        case
            when age_years between 25 and 84 and qrisk >= {{ high_qrisk() }} and not has_cvd
                then {{ in_last_months('llt_last_issue_date', months_a_treatment_is_current()) }}
        end as is_on_lipid_lowering_therapy,
        case
            when age_years >= 18 and has_cvd
                then {{ in_last_months('lipid_date', 12) }}
                    and coalesce(non_hdl <= {{ non_hdl_threshold() }} or ldl <= {{ ldl_threshold() }}, false)
        end as is_cholesterol_treated,
        case
            when age_years >= 18 and has_atrial_fibrillation and cha2ds2vasc >= {{ high_stroke_risk_score() }}
                then {{ in_last_months('anticoag_last_issue_date', months_a_treatment_is_current()) }}
        end as is_anticoagulated,
        case
            when has_severe_mental_illness
                then {{ all_in_last_months(smi_physical_check_dates(), 12) | indent(16) }}
        end as has_all_six_checks,
        case
            {# Everybody from 65 is offered it. #}
            when age_years >= 65 or (has_chronic_respiratory_disease and age_months >= 6)
                then has_flu_vaccine_of_the_season
        end as is_flu_vaccinated,
        case when is_pregnant and has_ends_of_pregnancies then has_flu_vaccine_of_the_season end as is_flu_vaccinated_in_pregnancy,
        case
            when has_chronic_respiratory_disease and age_years >= {{ first_age_of_pneumococcal_risk_groups() }}
                and has_pneumococcal_vaccinations
                then coalesce(pneuvac_date <= snapshot_date, false)
        end as is_pneumococcal_vaccinated,
        case
            when age_years >= covid19_age_from and has_covid19_vaccinations then has_covid19_vaccine_of_the_campaign
        end as is_covid19_vaccinated,
        case
            when is_offered_covid19_vaccine_immunosuppressed and has_covid19_vaccinations
                then has_covid19_vaccine_of_the_campaign
        end as is_covid19_vaccinated_immunosuppressed,
        case
            when lives_in_care_home and age_years >= covid19_care_home_age_from and has_covid19_vaccinations
                then has_covid19_vaccine_of_the_campaign
        end as is_covid19_vaccinated_in_care_home,
        case
            when has_diabetes and age_years >= 12
                then {{ all_in_last_months(diabetes_care_process_dates(), 12) | indent(16) }}
        end as has_all_eight_processes,
        case when diabetes_type = '1' then 'type 1' else 'type 2 and other' end as diabetes_type,
        case
            when has_learning_disability and age_at_year_end >= 14
                then coalesce(ldhc_date between financial_year_start and snapshot_date, false)
        end as has_ld_health_check,
        case when is_young_person_on_saba then saba_issues_12m >= {{ over_reliant_saba_issues() }} end as is_over_reliant_on_saba,
        case when is_young_person_on_saba then saba_issues_12m >= {{ saba_issues_of_a_review() }} end as is_due_a_review_of_saba
    from register
),

final as (
    select
        {{ cube_groups('measured') }},
        measured.is_hypertension_treated,
        measured.is_bp_high_without_diagnosis,
        measured.is_on_lipid_lowering_therapy,
        measured.is_cholesterol_treated,
        measured.is_anticoagulated,
        measured.has_all_six_checks,
        measured.is_flu_vaccinated,
        measured.is_flu_vaccinated_in_pregnancy,
        measured.is_pneumococcal_vaccinated,
        measured.is_covid19_vaccinated,
        measured.is_covid19_vaccinated_immunosuppressed,
        measured.is_covid19_vaccinated_in_care_home,
        measured.has_all_eight_processes,
        case when measured.has_all_eight_processes is not null then measured.diabetes_type end as diabetes_type,
        measured.has_ld_health_check,
        measured.is_over_reliant_on_saba,
        measured.is_due_a_review_of_saba,
        count(*) as records
    from measured
    {{ cube_joins('measured', 'gp_extract') }}
    group by all
)

select * from final

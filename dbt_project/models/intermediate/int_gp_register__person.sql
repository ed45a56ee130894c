{{ config(materialized='view') }}
{#- Which registers each person was on, on each snapshot day. -#}
with person as (
    select
        *,
        cast(floor(age_months / 12) as smallint) as age_years,
        {# The month in which the financial year ends is so many months after the snapshot. #}
        floor((age_months + (12 + 3 - month(snapshot_date)) % 12) / 12) as age_at_year_end,
        {{ last_first_of(4, 'snapshot_date') }} as financial_year_start,
        {{ last_first_of(9, 'snapshot_date') }} as vaccination_season_start,
        greatest(hba1c_date, glucose_date) as hba1c_or_glucose_date
    from {{ ref('stg_gp_extract__persons') }}
),

final as (
    select
        *,
        {{ on_register('hyp_cod_date') }} as was_ever_hypertensive,
        {{ on_register('hyp_cod_date', 'hypres_cod_date') }} as has_hypertension,
        {{ on_register('chd_cod_date') }} or {{ on_register('ostr_cod_date') }} or {{ on_register('tia_cod_date') }}
            or {{ on_register('pad_cod_date') }} as has_cvd,
        {{ on_register('afib_cod_date', 'afibres_cod_date') }} as has_atrial_fibrillation,
        {{ on_register('mh_cod_date', 'mhrem_cod_date') }} as has_severe_mental_illness,
        {{ on_register('resp_cod_date') }} as has_chronic_respiratory_disease,
        {{ on_register('dm_cod_date') }} as has_diabetes,
        {{ on_register('ld_cod_date') }} as has_learning_disability,
        {{ on_register('autism_cod_date') }} as has_autism,
        {{ on_register('ast_cod_date', 'astres_cod_date') }} as has_asthma,
        coalesce(
            sex_code = '2' and age_years < {{ first_age_without_pregnancy() }}
            and datediff('day', preg_cod_date, snapshot_date) <= {{ days_a_pregnancy_code_holds() }}, false
        ) and {{ on_register('preg_cod_date', 'pregdel_cod_date') }} as is_pregnant,
        {# By the same rules: no code of another residence is later. #}
        {{ on_register('longres_cod_date', 'reside_cod_date') }} as lives_in_care_home,
        coalesce(
            bp_systolic >= {{ lowest_valid_systolic() }} and bp_diastolic >= {{ lowest_valid_diastolic() }}, false
        ) as is_bp_valid
    from person
)

select * from final

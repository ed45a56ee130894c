{{ config(materialized='view') }}
{#- What a snapshot says holds from its day to the day before the next one; the first also says what was before it, and the
    last what came after. A person who has left since is thereby still known in the time before. -#}
with snapshot as (
    select
        period as source_period,
        period_end,
        row_number() over (order by period_end) as snapshot_number,
        lead(period_end) over (order by period_end) as next_snapshot
    from {{ source('run', 'part') }}
    where feed = 'gp_extract'
),

covered as (
    select
        source_period,
        case when snapshot_number = 1 then {{ first_day_of_all() }} else period_end end as valid_from,
        coalesce(next_snapshot - 1, {{ last_day_of_all() }}) as valid_to
    from snapshot
),

final as (
    select
        register.person_pseudonym,
        covered.valid_from,
        covered.valid_to,
        register.has_autism,
        register.has_learning_disability,
        register.has_severe_mental_illness,
        {# Asthma and other chronic respiratory disease overlap in their codes: one condition. #}
        cast(register.has_hypertension as integer) + cast(register.has_cvd as integer)
            + cast(register.has_atrial_fibrillation as integer) + cast(register.has_severe_mental_illness as integer)
            + cast(register.has_diabetes as integer)
            + cast(register.has_asthma or register.has_chronic_respiratory_disease as integer)
            >= {{ multiple_conditions() }} as has_multiple_long_term_conditions
    from {{ ref('int_gp_register__person') }} as register
    inner join covered on register.source_period = covered.source_period
)

select * from final

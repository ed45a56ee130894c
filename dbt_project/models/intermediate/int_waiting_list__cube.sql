with pathway as (
    select
        {{ cube_sources() }},
        {{ in_code_list('waiting_list_type_code', 'rtt_incomplete_pathway') }} as is_incomplete_rtt,
        treatment_function_code,
        pathway_id,
        clock_start_date is not null and clock_start_date <= week_ending_date as is_clock_start_valid,
        datediff('day', clock_start_date, week_ending_date) as days_waited,
        nhs_number_status_code,
        nhs_number_check
    from {{ ref('stg_wlmds__pathways') }}
),

{# The pathway that stands for its person at a census: the longest wait, then by provider and pathway. A wait without a valid
   clock start is the shortest. Whoever has no identifier stands alone. #}
ranked as (
    select
        *,
        person_pseudonym is null or row_number() over (
            partition by source_period, person_pseudonym, is_incomplete_rtt
            order by
                case when is_clock_start_valid then days_waited end desc nulls last,
                provider_code,
                pathway_id
        ) = 1 as stands_for_person
    from pathway
),

final as (
    select
        {{ cube_groups('pathway') }},
        coalesce(pathway.is_incomplete_rtt, false) as is_on_waiting_list,
        coalesce(pathway.is_incomplete_rtt and pathway.is_clock_start_valid, false) as is_incomplete_pathway,
        case when pathway.is_incomplete_rtt and pathway.is_clock_start_valid then cast(pathway.days_waited as integer) end
            as days_waited,
        case when pathway.is_incomplete_rtt then pathway.treatment_function_code end as treatment_function_code,
        {{ nhs_number_counts('pathway', "coalesce(pathway.nhs_number_check, 'Y')") }},
        count(case when pathway.is_incomplete_rtt and pathway.stands_for_person then 1 end) as persons,
        count(*) as records
    from ranked as pathway
    {{ cube_joins('pathway', 'wlmds') }}
    group by all
)

select * from final

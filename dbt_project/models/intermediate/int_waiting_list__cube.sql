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

{# Who is there more than once at a census that is counted, and the pathway that stands for them: the longest wait, then by
   provider and pathway. A wait without a valid clock start is the shortest. Whoever has no identifier stands alone. #}
repeated as (
    select
        source_period, person_pseudonym,
        min({{ standing('pathway') }}) as first_standing
    from pathway
    where is_incomplete_rtt and person_pseudonym is not null
        and source_period in (
            select part.source_period from {{ ref('int_indicator__part') }} as part where part.indicator_id = 'ELE01_PERSONS'
        )
    group by source_period, person_pseudonym
    having count(*) > 1
),

ranked as (
    select
        pathway.*,
        repeated.first_standing is null or repeated.first_standing = {{ standing('pathway') }} as stands_for_person
    from pathway
    left join repeated
        on pathway.source_period = repeated.source_period and pathway.person_pseudonym = repeated.person_pseudonym
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

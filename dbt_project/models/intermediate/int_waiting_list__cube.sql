with pathway as (
    select
        {{ cube_sources() }},
        {{ in_code_list('waiting_list_type_code', 'rtt_incomplete_pathway') }} as is_incomplete_rtt,
        treatment_function_code,
        clock_start_date is not null and clock_start_date <= week_ending_date as is_clock_start_valid,
        datediff('day', clock_start_date, week_ending_date) as days_waited,
        nhs_number_status_code,
        nhs_number_check
    from {{ ref('stg_wlmds__pathways') }}
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
        count(*) as records
    from pathway
    {{ cube_joins('pathway', 'wlmds') }}
    group by all
)

select * from final

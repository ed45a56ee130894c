with pathway as (
    select
        {{ cube_sources() }},
        {{ in_code_list('waiting_list_type_code', 'rtt_incomplete_pathway') }} as is_incomplete_rtt,
        clock_start_date is not null and clock_start_date <= week_ending_date as is_clock_start_valid,
        datediff('day', clock_start_date, week_ending_date) as days_waited,
        nhs_number_status_code,
        nhs_number_check,
        source_part_id in (
            select sent.source_part_id from {{ ref('stg_wlmds__pathways') }} as sent where sent.nhs_number_status_code is not null
        ) as is_status_sent
    from {{ ref('stg_wlmds__pathways') }}
    {# Three of four weekly lists are of no month end: landed and judged, but not counted. #}
    where source_period in (
        select member.source_period from {{ ref('int_period__member') }} as member where member.feed = 'wlmds'
    )
),

final as (
    select
        {{ cube_groups('pathway') }},
        coalesce(pathway.is_incomplete_rtt, false) as is_on_waiting_list,
        coalesce(pathway.is_incomplete_rtt and pathway.is_clock_start_valid, false) as is_incomplete_pathway,
        case when pathway.is_incomplete_rtt and pathway.is_clock_start_valid then cast(pathway.days_waited as integer) end
            as days_waited,
        {# A file without a status anywhere was never asked for one. A number that came as a pseudonym has no check digit. #}
        case
            when not pathway.is_status_sent then 'not sent'
            when pathway.nhs_number_status_code = '08' and pathway.age_years = 0 then 'not required'
            when pathway.nhs_number_status_code = '01' and pathway.person_pseudonym is not null
                and coalesce(pathway.nhs_number_check, 'Y') = 'Y' then 'verified'
            else 'not verified'
        end as nhs_number_state,
        count(*) as records
    from pathway
    {{ cube_joins('pathway', 'wlmds') }}
    group by all
)

select * from final

{#- People with a contact that counts, once a window of twelve months: the row of a part is about the twelve months that end
    with it, so an indicator on it is counted over the last part of its period. Who moved, or whose category changed, is
    where and what the latest of the contacts says. -#}
{%- set person_groups = ['provider_code', 'lsoa_code', 'ethnic_category_code', 'sex_code', 'age_years'] -%}
with contact as (
    select
        source_period,
        person_pseudonym,
        contact_date,
        contact_id,
        {{ person_groups | join(',\n        ') }}
    from {{ ref('stg_mhsds_contact__contacts') }}
    where age_years < {{ first_age_of_adults() }}
        and (
            source_table = 'MHS204'
            or ({{ in_code_list('attend_status_code', 'mhsds_attended') }}
                and {{ in_code_list('mechanism_code', 'mhsds_contact_mechanism') }})
        )
),

{# The latest of a month first, so that the windows hold a person once a month. #}
placed_in_month as (
    select
        *,
        row_number() over (
            partition by source_period, person_pseudonym order by contact_date desc nulls last, contact_id desc
        ) as place
    from contact
),

window_part as (
    select
        member.source_period,
        last_part.source_period as last_period
    from {{ ref('int_period__member') }} as member
    inner join {{ ref('int_period__member') }} as last_part
        on member.feed = last_part.feed
        and member.period_type = last_part.period_type
        and member.period_end = last_part.period_end
        and last_part.is_last_part
    where member.feed = 'mhsds_contact' and member.period_type = 'rolling_12m'
),

placed_in_window as (
    select
        window_part.last_period as source_period,
        placed_in_month.person_pseudonym,
        {{ person_groups | join(',\n        ') }},
        row_number() over (
            partition by window_part.last_period, placed_in_month.person_pseudonym
            order by placed_in_month.contact_date desc nulls last, placed_in_month.contact_id desc
        ) as place
    from placed_in_month
    inner join window_part on placed_in_month.source_period = window_part.source_period
    where placed_in_month.place = 1
),

final as (
    select
        {{ cube_groups('person') }},
        count(*) as people
    from placed_in_window as person
    {{ cube_joins('person', 'mhsds_contact') }}
    where person.place = 1
    group by all
)

select * from final

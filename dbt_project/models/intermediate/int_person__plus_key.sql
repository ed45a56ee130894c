{#- The PLUS groups of a person as one integer, over stretches of days on which they stay the same. Days on which a person
    is on no list have no row. -#}
with said as (
    select
        member.person_pseudonym,
        plus_group.membership_bit,
        member.valid_from,
        member.valid_to
    from {{ ref('int_person__plus_group') }} as member
    inner join {{ ref('int_plus_group') }} as plus_group on member.plus_group_id = plus_group.plus_group_id
    union all
    select person_pseudonym, {{ known_to_gp_extract_bit() }} as membership_bit, valid_from, valid_to
    from {{ ref('int_gp_register__known') }}
),

{# Every day on which something may change. #}
change as (
    select person_pseudonym, valid_from as day from said
    union
    select person_pseudonym, valid_to + 1 as day from said
),

stretch as (
    select
        person_pseudonym,
        day as valid_from,
        lead(day) over (partition by person_pseudonym order by day) - 1 as valid_to
    from change
),

keyed as (
    select
        stretch.person_pseudonym,
        stretch.valid_from,
        stretch.valid_to,
        bit_or(said.membership_bit) as plus_key
    from stretch
    inner join said
        on stretch.person_pseudonym = said.person_pseudonym
        and stretch.valid_from between said.valid_from and said.valid_to
    group by stretch.person_pseudonym, stretch.valid_from, stretch.valid_to
),

{# Stretches that follow each other with the same groups are one. #}
compared as (
    select
        *,
        case
            when lag(plus_key) over days = plus_key and lag(valid_to) over days = valid_from - 1 then 0
            else 1
        end as is_new
    from keyed
    window days as (partition by person_pseudonym order by valid_from)
),

numbered as (
    select
        *,
        sum(is_new) over (partition by person_pseudonym order by valid_from) as stretch_number
    from compared
),

final as (
    select
        person_pseudonym,
        plus_key,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from numbered
    group by person_pseudonym, plus_key, stretch_number
)

select * from final

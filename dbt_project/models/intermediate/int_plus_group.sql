{#- The PLUS groups of the run: those of the GP extract where there is one, those of records
    where any says so, and those the newest supplied list names. -#}
with standard as (
    select
        plus_group_id,
        plus_group_name,
        source,
        definition,
        coalesce(valid_from, {{ first_day_of_all() }}) as valid_from,
        coalesce(valid_to, {{ last_day_of_all() }}) as valid_to,
        evidence
    from {{ ref('plus_group') }}
    where source in (select feed from {{ source('run', 'part') }})
        or (source = 'records' and exists (select 1 from {{ ref('int_person__homeless') }}))
),

supplied as (
    select
        plus_group_id,
        max(plus_group_name) as plus_group_name,
        'plus_group' as source,
        'On the list that the system supplies' as definition,
        {{ first_day_of_all() }} as valid_from,
        {{ last_day_of_all() }} as valid_to,
        'I' as evidence
    from {{ ref('int_plus_group__supplied') }}
    where plus_group_id not in (select plus_group_id from standard)
    group by plus_group_id
),

together as (
    select * from standard
    union all
    select * from supplied
),

final as (
    select
        *,
        {# The first bit says that the GP extract knows the person. More than 61 groups overflow, and the run stops. #}
        cast(1 as bigint) << cast(row_number() over (order by plus_group_id) as integer) as membership_bit
    from together
)

select * from final

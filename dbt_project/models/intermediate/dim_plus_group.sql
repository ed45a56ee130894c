{#- What each plus_key says of each PLUS group: member, not_member, or unknown where nothing known could say. -#}
with every_key as (
    select plus_key from {{ ref('int_person__plus_key') }}
    union
    select cast({{ no_plus_key() }} as bigint) as plus_key
    union
    select cast({{ unlinked_plus_key() }} as bigint) as plus_key
),

final as (
    select
        every_key.plus_key,
        plus_group.plus_group_id,
        plus_group.plus_group_name,
        case
            when every_key.plus_key = {{ unlinked_plus_key() }} then 'unknown'
            when every_key.plus_key & plus_group.membership_bit <> 0 then 'member'
            {# A supplied list is whole, and every record may say so; the GP extract speaks of those registered with its practices. #}
            when plus_group.source in ('plus_group', 'records') or every_key.plus_key & {{ known_to_gp_extract_bit() }} <> 0
                then 'not_member'
            else 'unknown'
        end as membership
    from every_key
    cross join {{ ref('int_plus_group') }} as plus_group
)

select * from final

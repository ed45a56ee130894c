{#- Who belongs to which PLUS group from which day to which: from every snapshot of the GP extract, from records of
    any feed, and from the newest supplied list; never outside the days the group itself is used. -#}
with membership as (
    {% for plus_group_id, column in [
        ('autism', 'has_autism'), ('learning_disability', 'has_learning_disability'),
        ('multiple_long_term_conditions', 'has_multiple_long_term_conditions'),
        ('severe_mental_illness', 'has_severe_mental_illness'),
    ] -%}
    select person_pseudonym, '{{ plus_group_id }}' as plus_group_id, valid_from, valid_to
    from {{ ref('int_gp_register__known') }}
    where {{ column }}
    union all
    {% endfor -%}
    select person_pseudonym, 'inclusion_health' as plus_group_id, valid_from, valid_to
    from {{ ref('int_person__homeless') }}
    union all
    select person_pseudonym, plus_group_id, valid_from, valid_to
    from {{ ref('int_plus_group__supplied') }}
    where is_date_valid
),

final as (
    select distinct
        membership.person_pseudonym,
        membership.plus_group_id,
        greatest(membership.valid_from, plus_group.valid_from) as valid_from,
        least(membership.valid_to, plus_group.valid_to) as valid_to
    from membership
    inner join {{ ref('int_plus_group') }} as plus_group on membership.plus_group_id = plus_group.plus_group_id
    where membership.valid_from <= plus_group.valid_to and membership.valid_to >= plus_group.valid_from
)

select * from final

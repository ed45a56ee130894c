with source as (
    select * from {{ source('raw', 'plus_group') }}
),

typed as (
    select
        source_part_id,
        source_period,
        source_layout,
        {{ clean_text('plus_group_id') }} as plus_group_id,
        {{ clean_text('plus_group_name') }} as plus_group_name,
        person_id as person_pseudonym,
        {{ day_sent('valid_from') }} as valid_from,
        {{ day_sent('valid_to') }} as valid_to,
        {{ clean_text('valid_to') }} is null as is_open
    from source
),

final as (
    select
        *,
        {# A last day that cannot be read is no open end. #}
        valid_from is not null and (is_open or coalesce(valid_to >= valid_from, false)) as is_date_valid
    from typed
)

select * from final

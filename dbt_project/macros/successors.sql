{# What a code of a `level` (sub_icb or icb) of any time is on the boundaries of the run: codes of today stay, others follow the
   successions backwards from today, at most so many. Where the successors of a code lie in several areas of a kind, its counts
   cannot be divided and the code belongs to a group of its own. #}
{% macro successors(level, areas, successions) -%}
with today as (
    select distinct area.{{ level }}_ods_code, {% for area in areas %}area.{{ area }}_code, {% endfor %}area.region_code
    from {{ source('reference', 'lsoa21_area') }} as area
    inner join {{ source('run', 'setting') }} as setting
        on area.organisation_edition = setting.organisation_edition
),

{# A code that still exists was not succeeded, whatever was taken from it. #}
succession as (
    select
        ended.predecessor_code,
        ended.successor_code
    from {{ source('reference', 'organisation_successor') }} as ended
    left join today on ended.predecessor_code = today.{{ level }}_ods_code
    where today.{{ level }}_ods_code is null
),

step_0 as (
    select {{ level }}_ods_code as organisation_code, {{ level }}_ods_code as code_today from today
),

{% for step in range(1, successions + 1) -%}
step_{{ step }} as (
    select distinct succession.predecessor_code as organisation_code, later.code_today
    from step_{{ step - 1 }} as later
    inner join succession on later.organisation_code = succession.successor_code
),

{% endfor -%}

every_step as (
    {% for step in range(successions + 1) -%}
    select organisation_code, code_today from step_{{ step }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        every_step.organisation_code,
        {% for area in areas -%}
        case when count(distinct today.{{ area }}_code) = 1 then max(today.{{ area }}_code) else 'divided_{{ area }}' end
            as {{ area }}_code,
        {% endfor -%}
        case count(distinct coalesce(today.region_code, 'no_region'))
            when 1 then max(coalesce(today.region_code, 'no_region'))
            else 'divided_region'
        end as region_code
    from every_step
    inner join today on every_step.code_today = today.{{ level }}_ods_code
    group by every_step.organisation_code
)

select * from final
{%- endmacro %}

{#- Records of each submitter and period by one attribute at a time: place of residence, ethnic category, sex, age. -#}
{%- set attributes = {'residence': 'residence_key', 'ethnicity': 'ethnic_category_code', 'sex': 'sex_code', 'age': 'age_from'} -%}
with counted as (
    {% for feed in record_feeds() -%}
    select
        '{{ feed.feed }}' as feed, provider_code as submitter_code, source_period as period,
        {% for attribute, column in attributes.items() -%}
        {{ column }}, grouping({{ column }}) as no_{{ attribute }},
        {% endfor -%}
        sum(records) as records
    from {{ ref(feed.cube) }}
    group by grouping sets (
        {%- for column in attributes.values() %}
        (provider_code, source_period, {{ column }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        feed, submitter_code, period,
        case
            {% for attribute in attributes -%}
            when no_{{ attribute }} = 0 then '{{ attribute }}'
            {% endfor -%}
        end as attribute,
        case
            {% for attribute, column in attributes.items() -%}
            when no_{{ attribute }} = 0 then cast({{ column }} as varchar)
            {% endfor -%}
        end as category,
        case when no_residence = 0 then residence_key end as residence_key,
        cast(records as bigint) as records
    from counted
    where submitter_code is not null
)

select * from final

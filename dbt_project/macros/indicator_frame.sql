{# The one shape every ind_ model ends in: indicator, period, organisation, residence and person groups, and integers; rows of
   the cube as they are, for the roll-up sums them anyway.
   `rows` is the CTE of who counts; numerator and denominator are SQL expressions over its rows.
   denominator=none: the denominator is the resident population, joined once in the marts for all indicators; people living
   outside England are then no part of the numerator either (counted in data quality, not lost).
   value: what a median or another percentile is of; such an indicator counts records and has no numerator.
   person: whose events they are, where events of one person count as not independent.
   neighbourhood: the LSOA 2021 of an event, where the catalogue asks for the gradient over LSOAs. #}
{% macro indicator_frame(indicator_id, rows, numerator='null', denominator=none, value=none, person=none,
    neighbourhood=none) -%}
select
    '{{ indicator_id }}' as indicator_id,
    source_period,
    provider_code,
    residence_key,
    ethnic_category_code,
    sex_code,
    age_from,
    plus_key,
    cast({{ numerator }} as bigint) as numerator,
    cast({{ denominator or 0 }} as bigint) as denominator
    {%- if value %},
    {{ value }} as value
    {%- endif %}
    {%- if person %},
    {{ person }} as repeat_person
    {%- endif %}
    {%- if neighbourhood %},
    {{ neighbourhood }} as neighbourhood_code
    {%- endif %}
from {{ rows }}
where source_period in (
        select part.source_period from {{ ref('int_indicator__part') }} as part
        where part.indicator_id = '{{ indicator_id }}'
    )
{%- if denominator is none %}
    and residence_key <> {{ outside_england_residence_key() }}
{%- endif %}
{%- endmacro %}

{# The shape of an indicator that arrives already counted, for areas and groups the publisher chose. #}
{% macro published_frame(indicator_id, rows) -%}
select
    '{{ indicator_id }}' as indicator_id,
    period_type,
    period_start,
    period_end,
    area_type,
    area_code,
    area_name,
    organisation_edition,
    breakdown,
    imd_edition,
    category,
    cast(numerator as bigint) as numerator,
    cast(denominator as bigint) as denominator,
    cast(published_value as double) as published_value,
    cast(published_lower_95 as double) as published_lower_95,
    cast(published_upper_95 as double) as published_upper_95
from {{ rows }}
{%- endmacro %}

{# What counts of everybody say to published_frame beside period, area and counts: no group, no name or value of a publisher. #}
{% macro counts_of_everybody() -%}
    cast(null as varchar) as area_name,
    cast(setting.organisation_edition as varchar) as organisation_edition,
    'total' as breakdown,
    'not_used' as imd_edition,
    'total' as category,
    cast(null as double) as published_value,
    cast(null as double) as published_lower_95,
    cast(null as double) as published_upper_95
{%- endmacro %}

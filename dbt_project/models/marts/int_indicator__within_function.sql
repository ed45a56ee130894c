{#- Differences of median waits between more and less deprived people within treatment functions (catalogue ELE04, variant): who
    waits for what differs by deprivation, and some functions have longer waits than others. In every function the median of
    the one group less that of the other; their mean, weighted by the pathways of both groups. A function with few pathways in
    either group is left out, and so are pathways without a function: `covered_share` says how many pathways are in. -#}
{%- set cell = ['source_period', 'area_type', 'area_code', 'dimension', 'imd_edition'] -%}
{%- set areas = ['region', 'icb'] -%}
with pathway as (
    select
        cube.source_period,
        cube.treatment_function_code,
        residence.region_code as region,
        residence.icb_code as icb,
        residence.imd2019_decile,
        residence.imd2025_decile,
        {# One value a record: a row of the cube may stand for several. #}
        unnest(list_resize([cube.days_waited], cube.records, cube.days_waited)) as days_waited
    from {{ ref('int_waiting_list__cube') }} as cube
    inner join {{ ref('dim_residence') }} as residence on cube.residence_key = residence.residence_key
    where cube.is_incomplete_pathway
        and cube.source_period in (
            select part.source_period from {{ ref('int_indicator__part') }} as part where part.indicator_id = 'ELE04'
        )
),

sided as (
    {% for edition in [2019, 2025] -%}
    {%- set decile = 'imd%s_decile' % edition -%}
    {% for dimension, most, least in [
        ('imd_quintile_1_and_5', imd_quintile(decile) ~ ' = 1', imd_quintile(decile) ~ ' = 5'),
        ('core20_and_rest', is_core20(decile), 'not ' ~ is_core20(decile)),
    ] -%}
    select
        source_period, region, icb, treatment_function_code,
        '{{ dimension }}' as dimension,
        '{{ edition }}' as imd_edition,
        case when {{ most }} then 'most' when {{ least }} then 'least' end as side,
        list(days_waited) as points
    from pathway
    where {{ decile }} is not null
    group by all
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor -%}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor -%}
),

stratum as (
    select
        source_period, dimension, imd_edition, treatment_function_code, side,
        {{ area_of_set(['england'] + areas) }},
        list_sort(flatten(list(points))) as points
    from sided
    where side is not null
    group by grouping sets (
        (source_period, dimension, imd_edition, treatment_function_code, side)
        {%- for area in areas %},
        (source_period, dimension, imd_edition, treatment_function_code, side, {{ area }})
        {%- endfor %}
    )
),

middle as (
    {{ percentiles_of_lists('stratum', cell + ['treatment_function_code', 'side'], 'points', [50]) | indent(4) }}
),

compared as (
    select
        {{ cell | join(', ') }}, treatment_function_code,
        cast(sum(value_count) as bigint) as pathways,
        max(value) filter (where side = 'most') - max(value) filter (where side = 'least') as difference,
        treatment_function_code is not null and count(*) = 2
            and min(value_count) >= {{ least_pathways_of_a_function() }} as is_compared
    from middle
    group by {{ cell | join(', ') }}, treatment_function_code
),

final as (
    select
        {{ cell | join(', ') }},
        {# Medians of whole days are whole or halves, so these sums are exact in any order. #}
        sum(pathways * difference) filter (where is_compared) / sum(pathways) filter (where is_compared) as value,
        coalesce(cast(sum(pathways) filter (where is_compared) as double), 0e0) / cast(sum(pathways) as double) as covered_share
    from compared
    group by {{ cell | join(', ') }}
)

select * from final

{# Columns of the monthly A&E file whose TOTAL row is checked against its providers. #}
{% macro ae_control_columns() -%}
    {{ return([
        'attendances_type_1', 'attendances_type_2', 'attendances_other', 'over_4hrs_type_1', 'over_4hrs_type_2',
        'over_4hrs_other', 'dta_4_12_hours', 'dta_12_plus_hours', 'emergency_admissions_type_1',
        'emergency_admissions_type_2', 'emergency_admissions_other', 'other_emergency_admissions'
    ]) }}
{%- endmacro %}

{# Half of the last printed digit of a percentage with two decimals, and the noise of a double. #}
{% macro printed_precision() -%} 5.000001e-3 {%- endmacro %}

{# Questions of the SMI file: the register, all six checks, and each of the six. #}
{% macro gpes_phsmi_questions() -%} 8 {%- endmacro %}

{# How far a count rounded to 5, with 1 to 7 shown as 5, may be from the true one. #}
{% macro largest_rounding_to_5() -%} 4 {%- endmacro %}

{# Controls of figures that were printed or copied from print. Restrictive interventions: no fewer of them than people who were
   subject to any; both are rounded alike. What was copied by hand: a measure we know, an IMD edition with quintiles and with
   nothing else, and nobody counted outside of whom it counts. #}
{% macro controls_of_printed_figures() -%}
select
    'mhsds_restrictive' as feed, 'all' as submitter_code, source_period as period, 'control_total' as rule_id,
    count(case when people > interventions then 1 end) as violated, count(*) as expected
from (
    select
        source_period,
        max(case when metric = 'MHS76' then metric_value end) as people,
        max(case when metric = 'MHS77' then metric_value end) as interventions
    from {{ ref('stg_mhsds_restrictive__figures') }}
    where breakdown in ('England', 'Region', 'Provider') and metric in ('MHS76', 'MHS77')
    group by source_period, breakdown, level_one
) as cell
group by source_period
{%- for feed in ['lda_inpatient', 'national_audit'] %}
union all
select
    '{{ feed }}' as feed, 'all' as submitter_code, stg.source_period as period, 'control_total' as rule_id,
    count(case when
        measure.measure is null or stg.numerator > stg.denominator
        or (stg.imd_edition = 'not_used') = (stg.breakdown = 'imd_quintile')
    then 1 end) as violated,
    count(*) as expected
from {{ ref('stg_' ~ feed ~ '__counts') }} as stg
left join {{ ref('published_measure') }} as measure
    on measure.feed = '{{ feed }}' and stg.measure = measure.measure
group by stg.source_period
{%- endfor %}
{%- endmacro %}

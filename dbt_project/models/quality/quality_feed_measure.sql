{#- What the gate judges about feeds: one row a rule, feed, submitter and period, with how many were wrong of how many.
    SQL measures, Great Expectations judges against the policy: no threshold stands here. -#}
with sent as (
    select * from {{ ref('quality_submitter_period') }}
),

{# A submitter that was expected and sent nothing is there with no record; it is measured, not absent. #}
presence as (
    select feed, submitter_code, period, records
    from sent
    where is_expected
),

by_submitter as (
    select feed, submitter_code, period, 'submitter_present' as rule_id,
        case when records = 0 then 1 else 0 end as violated, 1 as expected
    from presence
    union all
    select feed, submitter_code, period, 'volume_against_history' as rule_id,
        cast(abs(records - usual_records) as bigint) as violated,
        case when periods_before >= 3 then cast(usual_records as bigint) else 0 end as expected
    from {{ ref('quality_submitter_history') }}
    where records > 0 and periods_before > 0
    {% for rule, column in [
        ('ethnicity_known', 'ethnicity_known'), ('ethnicity_valid', 'ethnicity_valid'),
        ('sex_known', 'sex_known'), ('age_known', 'age_known'), ('date_valid', 'date_valid')
    ] -%}
    union all
    select feed, submitter_code, period, '{{ rule }}' as rule_id, records - {{ column }} as violated, records as expected
    from sent
    where records > 0 and {{ column }} is not null
    {% endfor -%}
    union all
    select
        feed, submitter_code, period, 'residence_known' as rule_id,
        records_of_cube - residence_known as violated,
        records_of_cube - outside_england as expected
    from sent
    where records > 0
),

{# The same items for the whole feed and period: a bad submitter does not hide among good ones, nor the other way round. #}
whole_feed as (
    select
        feed, 'all' as submitter_code, period, rule_id || '_overall' as rule_id,
        cast(sum(violated) as bigint) as violated,
        cast(sum(expected) as bigint) as expected
    from by_submitter
    where rule_id in ('submitter_present', 'ethnicity_known', 'residence_known')
    group by feed, period, rule_id
),

{# Nothing is lost between the part that was landed and the cube that indicators read. #}
conserved as (
    select
        part.feed, 'all' as submitter_code, part.period, 'rows_conserved' as rule_id,
        abs(part.rows_loaded - coalesce(cube.records, 0)) as violated,
        part.rows_loaded as expected
    from {{ source('run', 'part') }} as part
    left join (
        select feed, period, sum(records_of_cube) as records from sent group by feed, period
    ) as cube on part.feed = cube.feed and part.period = cube.period
    where part.feed in (
        {%- for feed in record_feeds() %}'{{ feed.feed }}'{% if not loop.last %}, {% endif %}{% endfor -%}
    )
),

timely as (
    select
        feed, 'all' as submitter_code, period, 'period_on_time' as rule_id,
        case when timeliness_status in ('red', 'never') then 1 else 0 end as violated,
        1 as expected
    from {{ source('run', 'expected_period') }}
),

{# Files that lie in the landing folder and were not taken: their content is missing from what follows. #}
accepted as (
    select
        feed, 'all' as submitter_code, 'all' as period, 'deliveries_accepted' as rule_id,
        count(case when verdict in ('rejected', 'conflict') then 1 end) as violated,
        count(*) as expected
    from {{ source('run', 'delivery') }}
    group by feed
),

{# Publishers' own control totals. #}
ae_sum as (
    select
        source_period, is_total,
        {% for column in ae_control_columns() -%}
        sum({{ column }}) as {{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('stg_ae_monthly__attendances') }}
    group by source_period, is_total
),

ae_control as (
    select
        'ae_monthly' as feed, 'all' as submitter_code, part.period, 'control_total' as rule_id,
        {% for column in ae_control_columns() -%}
        case when parts.{{ column }} = total.{{ column }} then 0 else 1 end{% if not loop.last %} +{% endif %}
        {% endfor %} as violated,
        {{ ae_control_columns() | length }} as expected
    from {{ source('run', 'part') }} as part
    left join ae_sum as parts on part.period = parts.source_period and not parts.is_total
    left join ae_sum as total on part.period = total.source_period and total.is_total
    where part.feed = 'ae_monthly'
),

rtt_control as (
    select
        'rtt' as feed, 'all' as submitter_code, source_period as period, 'control_total' as rule_id,
        abs(
            sum(case when treatment_function_code = 'C_999' then total_all else 0 end)
            - sum(case when treatment_function_code <> 'C_999' then total_all else 0 end)
        ) as violated,
        sum(case when treatment_function_code = 'C_999' then total_all else 0 end) as expected
    from {{ ref('stg_rtt__pathways') }}
    where rtt_part_type = 'Part_2'
    group by source_period
),

{# The publisher's Wilson limits of England, where counts are not rounded, must come out again at the printed precision. #}
cvdprevent_control as (
    select
        'cvdprevent' as feed, 'all' as submitter_code, stg.source_period as period, 'control_total' as rule_id,
        count(case when
            abs(100e0 * {{ proportion_value('stg.numerator', 'stg.denominator') }} - stg.value_pct) > {{ printed_precision() }}
            or abs(100e0 * {{ wilson_limit('stg.numerator', 'stg.denominator', '95', 'lower') }} - stg.lower_95_pct) > {{ printed_precision() }}
            or abs(100e0 * {{ wilson_limit('stg.numerator', 'stg.denominator', '95', 'upper') }} - stg.upper_95_pct) > {{ printed_precision() }}
            or stg.numerator is null or stg.denominator is null or stg.value_pct is null
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('stg_cvdprevent__indicators') }} as stg
    cross join {{ source('run', 'setting') }} as setting
    where stg.area_code in (setting.country_code, 'E92000001')
    group by stg.source_period
),

{# All six checks are no more people than any one check, and none is more than the register; every question was asked. #}
gpes_phsmi_organisation as (
    select
        source_period, organisation_code,
        max(case when question = 'SMIRegister' then answer end) as people_on_register,
        max(case when question = 'All6PHC' then answer end) as people_with_all_checks,
        min(case when question not in ('SMIRegister', 'All6PHC') then answer end) as people_with_rarest_check,
        max(case when question not in ('SMIRegister', 'All6PHC') then answer end) as people_with_commonest_check,
        count(distinct question) as questions
    from {{ ref('stg_gpes_phsmi__checks') }}
    group by source_period, organisation_code
),

gpes_phsmi_control as (
    select
        'gpes_phsmi' as feed, 'all' as submitter_code, source_period as period, 'control_total' as rule_id,
        count(case when
            people_with_all_checks > people_with_rarest_check
            or people_with_commonest_check > people_on_register
            or questions <> {{ gpes_phsmi_questions() }}
        then 1 end) as violated,
        count(*) as expected
    from gpes_phsmi_organisation
    group by source_period
),

{# England in the yearly maternity file. Every label of the dimensions we read is known by name; the groups of deliveries
   add up to all deliveries, and the two dimensions of gestation to each other, but for the rounding of each count. #}
msds_annual_england as (
    select
        stg.source_period, stg.dimension, stg.records, stg.count_of,
        label.dimension as listed_dimension,
        coalesce(label.is_numerator, false) as is_numerator,
        coalesce(label.is_denominator, false) as is_denominator
    from {{ ref('stg_msds_annual__counts') }} as stg
    left join {{ ref('msds_annual_label') }} as label
        on stg.dimension = label.dimension and stg.measure_label = label.measure_label
    where stg.organisation_level = 'National'
),

msds_annual_sum as (
    select
        source_period,
        dimension,
        sum(records) as records,
        sum(case when is_numerator then records else 0 end) as numerator,
        sum(case when is_denominator then records else 0 end) as denominator,
        count(*) as counts,
        count(case when listed_dimension is null then 1 end) as labels_not_known
    from msds_annual_england
    group by source_period, dimension
),

{# Which sums of one dimension must be found in another. #}
msds_annual_comparison as (
    select
        parts.source_period,
        parts.records as parts, whole.records as whole, parts.counts + whole.counts as counts
    from msds_annual_sum as parts
    left join msds_annual_sum as whole on parts.source_period = whole.source_period and whole.dimension = 'TotalDeliveries'
    where parts.dimension in ('DeprivationDecileAtBooking', 'EthnicCategoryMotherGroup')
    union all
    select parts.source_period, parts.numerator, whole.numerator, parts.counts + whole.counts
    from msds_annual_sum as parts
    left join msds_annual_sum as whole
        on parts.source_period = whole.source_period and whole.dimension = 'GestationLengthBirthGroup37'
    where parts.dimension = 'GestationLengthBirth'
    union all
    select parts.source_period, parts.denominator, whole.denominator, parts.counts + whole.counts
    from msds_annual_sum as parts
    left join msds_annual_sum as whole
        on parts.source_period = whole.source_period and whole.dimension = 'GestationLengthBirthGroup37'
    where parts.dimension = 'GestationLengthBirth'
),

msds_annual_check as (
    select
        source_period,
        case when abs(parts - whole) <= counts * {{ largest_rounding_to_5() }} then 0 else 1 end as violated,
        1 as expected
    from msds_annual_comparison
    union all
    select source_period, labels_not_known, counts
    from msds_annual_sum
    where dimension in (select listed.dimension from {{ ref('msds_annual_label') }} as listed)
),

msds_annual_control as (
    select
        'msds_annual' as feed, 'all' as submitter_code, part.period, 'control_total' as rule_id,
        sum(found.violated) as violated,
        sum(found.expected) as expected
    from {{ source('run', 'part') }} as part
    left join msds_annual_check as found on part.period = found.source_period
    where part.feed = 'msds_annual'
    group by part.period
),

{# The list of all ages of a practice is printed with every register that is of it, and holds those with hypertension. #}
qof_practice_list as (
    select
        source_period, practice_code,
        min(people_on_list) as smallest_list,
        max(people_on_list) as largest_list,
        max(case when group_code = 'HYP' then people_on_register end) as people_with_hypertension
    from {{ ref('stg_qof__prevalence') }}
    where patient_list_type = 'TOTAL'
    group by source_period, practice_code
),

qof_control as (
    select
        'qof' as feed, 'all' as submitter_code, source_period as period, 'control_total' as rule_id,
        count(case when
            smallest_list <> largest_list
            or people_with_hypertension > smallest_list
            or people_with_hypertension is null
        then 1 end) as violated,
        count(*) as expected
    from qof_practice_list
    group by source_period
),

{# Nobody is registered with the app who is not on the list. #}
nhs_app_control as (
    select
        'nhs_app' as feed, 'all' as submitter_code, source_period as period, 'control_total' as rule_id,
        count(case when
            p9_registrations > patients_13_and_over or p9_registrations is null or patients_13_and_over is null
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('stg_nhs_app__registrations') }}
    group by source_period
),

{# What is repeated under another parent was the same: a second row of a cell contradicts the first. #}
fingertips_control as (
    select
        'fingertips' as feed, 'all' as submitter_code, source_period as period, 'control_total' as rule_id,
        count(case when printed > 1 then 1 end) as violated, count(*) as expected
    from (
        select source_period, count(*) as printed from {{ ref('stg_fingertips__values') }}
        group by source_period, fingertips_id, area_code, sex, age, category_type, category
    ) as cell
    group by source_period
),

{# A member without usable dates is in no group on any day. #}
plus_group_dates as (
    select
        'plus_group' as feed, 'all' as submitter_code, source_period as period, 'date_valid' as rule_id,
        count(case when not is_date_valid then 1 end) as violated,
        count(*) as expected
    from {{ ref('stg_plus_group__members') }}
    group by source_period
),

together as (
    select * from by_submitter
    union all
    select * from whole_feed
    union all
    select * from conserved
    union all
    select * from timely
    union all
    select * from accepted
    union all
    select * from ae_control
    union all
    select * from rtt_control
    union all
    select * from cvdprevent_control
    union all
    select * from gpes_phsmi_control
    union all
    select * from msds_annual_control
    union all
    select * from qof_control
    union all
    select * from nhs_app_control
    union all
    select * from fingertips_control
    union all
    {{ controls_of_printed_figures() | indent(4) }}
    union all
    select * from plus_group_dates
    union all
    select feed, area_code as submitter_code, period, 'area_represented' as rule_id, violated, expected
    from {{ ref('quality_area_represented') }}
    union all
    select feed, submitter_code, period, rule_id, violated, expected from {{ ref('quality_diagnosis_coded') }}
    union all
    select feed, submitter_code, period, rule_id, violated, expected from {{ ref('quality_plausibility') }}
),

final as (
    select
        together.feed,
        coalesce(together.submitter_code, 'not stated') as submitter_code,
        together.period,
        together.rule_id,
        cast(together.violated as bigint) as violated,
        cast(together.expected as bigint) as expected,
        case when together.expected > 0
            then 100e0 * cast(together.violated as double) / cast(together.expected as double) end as pct
    from together
)

select * from final

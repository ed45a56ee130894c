{#- Disclosure control and withholding, applied once, last, to true counts. Everything published is made from this. -#}
{{ config(materialized='view', schema='marts', contract={'enforced': false}) }}
with withheld as (
    select distinct
        member.feed,
        member.period_type,
        member.period_end,
        withholding.submitter_code,
        withholding.breakdown_family,
        withholding.is_waived as is_shown,
        withholding.caution
    from {{ source('verdict', 'withholding') }} as withholding
    inner join {{ ref('int_period__member') }} as member
        on withholding.feed = member.feed and withholding.period = member.source_period
    where withholding.is_waived or withholding.rule_id not in ('area_represented', 'diagnosis_coded_in_area')
),

{# What an area lacks, because a submitter was silent or diagnoses were not coded, counts over the whole period: a month of a
   year is a small part of it. #}
represented as (
    select
        result.rule_id,
        member.feed,
        member.period_type,
        member.period_end,
        result.submitter_code as area_code,
        floor(1000e0 - 1000e0 * sum(result.violated) / sum(result.expected)) / 10 as pct_sound,
        100e0 * coalesce(sum(result.violated) filter (where result.status <> 'waived'), 0)
            > max(result.threshold_pct) * sum(result.expected) and max(result.severity) = 'withhold' as is_withheld
    from {{ source('verdict', 'rule_result') }} as result
    inner join {{ ref('int_period__member') }} as member
        on result.feed = member.feed and result.period = member.source_period
    where result.rule_id in ('area_represented', 'diagnosis_coded_in_area') and result.status in ('passed', 'failed', 'waived')
    group by result.rule_id, member.feed, member.period_type, member.period_end, result.submitter_code
    having sum(result.violated) > 0
),

{# Withheld, or published with the share of the expected activity that it rests on. #}
stated as (
    select
        represented.feed,
        represented.period_type,
        represented.period_end,
        case when represented.area_code = 'all' and not represented.is_withheld then setting.country_code
            else represented.area_code end as area_code,
        case when represented.rule_id = 'area_represented' then 'all' else 'diagnosis' end as breakdown_family,
        not represented.is_withheld as is_shown,
        case
            when represented.is_withheld then 'Rule: ' || represented.rule_id || '.'
            when represented.rule_id = 'area_represented' then pct_sound || ' % of the activity behind it is as expected.'
            else 'Diagnoses were coded for ' || pct_sound || ' % of episodes.'
        end as caution
    from represented
    cross join {{ source('run', 'setting') }} as setting
),

{# Indicators that look for a diagnosis: what withholds for want of diagnoses leaves the others of the feed alone. #}
rests_on_diagnosis as (
    select distinct used.indicator_id
    from {{ source('run', 'indicator_code_list') }} as used
    inner join {{ ref('code_list') }} as listed on used.code_list_id = listed.code_list_id
    where listed.code_system = 'ICD-10'
),

touching as (
    select * from withheld
    union all
    select * from stated
),

matched as (
    select
        cell.*,
        indicator.feed,
        indicator.measure_type,
        indicator.denominator_type,
        profile.hide_from,
        profile.hide_to,
        profile.small_shown_as,
        profile.rates_are_exempt,
        profile.round_to,
        case
            when cell.breakdown in ('ethnic_group_5', 'ethnic_category') then 'ethnicity'
            when cell.breakdown = 'ethnic_group_5_by_core20' then 'ethnicity and deprivation'
            when cell.breakdown in ('imd_decile', 'imd_quintile', 'core20', 'practice_imd_quintile') then 'deprivation'
            else 'none'
        end || case when indicator.indicator_id in (select rests.indicator_id from rests_on_diagnosis as rests)
            then ' and diagnosis' else '' end as breakdown_family
    from {{ ref('fct_indicator_cell') }} as cell
    inner join {{ source('run', 'indicator') }} as indicator on cell.indicator_id = indicator.indicator_id
    inner join {{ ref('disclosure_profile') }} as profile
        on indicator.disclosure_profile = profile.disclosure_profile
    where not {{ stays_internal('cell', 'profile') }}
),

touched as (
    select
        cell.*,
        (
            {# The first that withholds in the order of the alphabet; else everything that is to be said. #}
            select {
                'withheld': min(touching.caution) filter (where not touching.is_shown),
                'said': string_agg(distinct touching.caution, ' ' order by touching.caution) filter (where touching.is_shown)
            }
            from touching
            where touching.feed = cell.feed
                and touching.period_type = cell.period_type
                and touching.period_end = cell.period_end
                and touching.submitter_code in ('all', cell.area_code)
                and (touching.breakdown_family = 'all' or cell.breakdown_family like '%' || touching.breakdown_family || '%')
        ) as judged,
        {{ is_hidden('cell.numerator', 'cell') }}
            or (cell.denominator_type <> 'population' and {{ is_hidden('cell.denominator', 'cell') }}) as is_suppressed
    from matched as cell
),

judged as (
    select *, coalesce(judged.withheld, judged.said) as caution, judged.withheld is not null as is_withheld from touched
),

final as (
    select
        cell.indicator_id,
        cell.period_type,
        cell.period_start,
        cell.period_end,
        cell.area_type,
        cell.area_code,
        cell.area_name_published,
        cell.organisation_edition,
        cell.breakdown,
        cell.imd_edition,
        cell.category,
        cell.caution,
        case
            when cell.numerator is null and cell.denominator is null and cell.published_value is null then 'not_submitted'
            when cell.is_withheld then 'withheld_quality'
            when cell.is_suppressed then 'suppressed'
        end as hidden_status,
        case when not cell.is_withheld and not cell.is_suppressed
            then {{ disclosed_count('cell.numerator', 'cell') }} end as numerator,
        case
            when cell.is_withheld then null
            when cell.denominator_type = 'population' then cell.denominator
            when not {{ is_hidden('cell.denominator', 'cell') }} then {{ disclosed_count('cell.denominator', 'cell') }}
        end as denominator,
        case when not cell.is_withheld then {{ disclosed_events('cell.standardised_events', 'cell') }} end
            as standardised_events,
        cell.bands_expected,
        cell.bands_with_population,
        case when not cell.is_withheld
            then cell.standardised_rate * {{ disclosed_event_weight('cell.standardised_events', 'cell') }} end as standardised_rate,
        case when not cell.is_withheld
            then cell.standardised_rate_variance * {{ disclosed_event_weight('cell.standardised_events', 'cell') }}
        end as standardised_rate_variance,
        case when not cell.is_withheld then cell.published_value end as published_value,
        case when not cell.is_withheld then cell.published_lower_95 end as published_lower_95,
        case when not cell.is_withheld then cell.published_upper_95 end as published_upper_95
    from judged as cell
)

select * from final

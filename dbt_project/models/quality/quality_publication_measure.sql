{#- What the gate judges about the publication: one row a rule and table, with how many rows were wrong of how many. -#}
{%- set cell_keys = "indicator_id, period_type, period_end, area_type, area_code, organisation_edition" -%}
{{ config(tags=['publication']) }}
with cell as (
    {# What arrives as published keeps its publisher's rounding: its parts need not sum. #}
    select cell.*
    from {{ ref('fct_indicator_cell') }} as cell
    inner join {{ source('run', 'indicator') }} as indicator on cell.indicator_id = indicator.indicator_id
    where indicator.measure_type <> 'published'
),

value as (
    select * from {{ ref('pub_indicator_value') }}
),

inequality as (
    select * from {{ ref('pub_indicator_inequality') }}
),

trend as (
    select * from {{ ref('pub_indicator_trend') }}
),

{# Parts sum to the total: on true counts, for every breakdown that covers everyone, and for areas within the country. #}
part_sum as (
    select
        indicator_id, period_type, period_end, area_type, area_code, breakdown, imd_edition,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from cell
    where breakdown <> 'total'
    group by all
),

breakdown_conserved as (
    select
        'breakdown_conserved' as rule_id, 'indicator_value' as table_name,
        count(case when
            part_sum.numerator is distinct from total.numerator
            or (indicator.denominator_type <> 'population' and part_sum.denominator is distinct from total.denominator)
        then 1 end) as violated,
        count(*) as expected
    from cell as total
    inner join {{ source('run', 'indicator') }} as indicator on total.indicator_id = indicator.indicator_id
    inner join part_sum
        on total.indicator_id = part_sum.indicator_id
        and total.period_type = part_sum.period_type
        and total.period_end = part_sum.period_end
        and total.area_type = part_sum.area_type
        and total.area_code = part_sum.area_code
    where total.breakdown = 'total'
),

area_sum as (
    select
        indicator_id, period_type, period_end, area_type,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from cell
    where breakdown = 'total' and area_type <> 'england'
    group by all
),

area_conserved as (
    select
        'area_conserved' as rule_id, 'indicator_value' as table_name,
        count(case when
            area_sum.numerator is distinct from total.numerator or area_sum.denominator is distinct from total.denominator
        then 1 end) as violated,
        count(*) as expected
    from cell as total
    inner join area_sum
        on total.indicator_id = area_sum.indicator_id
        and total.period_type = area_sum.period_type
        and total.period_end = area_sum.period_end
    where total.breakdown = 'total' and total.area_type = 'england'
),

ranges as (
    select
        'value_in_range' as rule_id, 'indicator_value' as table_name,
        count(case when
            value < 0 or lower_95 > value or upper_95 < value or lower_998 > lower_95 or upper_998 < upper_95
            or (unit = '%' and upper_95 > 100) or numerator < 0 or denominator < 0
            or isnan(value) or isinf(value) or isnan(lower_95) or isnan(upper_95) or isinf(upper_95)
            or (unit = '%' and numerator > denominator)
        then 1 end) as violated,
        count(*) as expected
    from value
),

{# By hash, which is ten times faster: two keys with one hash would hold a release, never let one through. #}
key_unique as (
    {% for table, key in [
        ('indicator_value', cell_keys ~ ', breakdown, imd_edition, category'),
        ('indicator_inequality', cell_keys ~ ', dimension, imd_edition, measure'),
        ('indicator_trend', cell_keys ~ ', dimension, category, imd_edition, measure'),
        ('imd_churn', 'area_type, area_code, organisation_edition, imd_decile_2019, imd_decile_2025'),
        ('ethnicity_origin', 'feed, ethnicity_origin'),
        ('data_quality', 'feed, submitter_code, period, rule_id'),
        ('data_quality_item', 'feed, submitter_code, period, item'),
        ('data_quality_score', 'feed, submitter_code, period'),
    ] -%}
    select
        'key_unique' as rule_id, '{{ table }}' as table_name,
        count(*) - count(distinct hash({{ key }})) as violated,
        count(*) as expected
    from {{ ref('pub_' ~ table) }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

{# A missing value has a status and a reason; a shown one is there, and has 95 % limits where the table has them. #}
missing_has_reason as (
    {% set caution = "value_status = 'shown' and status_reason is not null" -%}
    {% for table, measure, wrong in [
        ('indicator_value', 'value', "value_status = 'shown' and (lower_95 is null or upper_95 is null)"),
        ('indicator_inequality', 'value', none),
        ('indicator_trend', 'value', 'recent_trend is null and point_type is null and value is not null and mean is null'),
        ('ethnicity_origin', 'records', none),
        ('data_quality_item', none, caution ~ " or value_status = 'shown' and expected + received + valid + defaults + known is null"),
        ('data_quality', 'violated + expected', caution),
        ('data_quality_score', 'score', caution),
    ] -%}
    select
        'missing_has_reason' as rule_id, '{{ table }}' as table_name,
        count(case when
            (value_status <> 'shown' and status_reason is null)
            {% if measure %}or (value_status = 'shown') <> ({{ measure }} is not null){% endif %}
            {% if wrong %}or ({{ wrong }}){% endif %}
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('pub_' ~ table) }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

score_range as (
    select
        'value_in_range' as rule_id, 'data_quality_score' as table_name,
        count(case when
            not score between 0 and 100 or not coverage_pct between 0 and 100 or excess_pct > valid_pct
            or isnan(score) or isinf(score)
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('pub_data_quality_score') }}
),

trend_range as (
    select
        'value_in_range' as rule_id, 'indicator_trend' as table_name,
        count(case when
            lower_process_limit > mean or upper_process_limit < mean or isnan(value) or isinf(value) or isnan(mean)
        then 1 end) as violated,
        count(*) as expected
    from trend
),

gap_range as (
    select
        'value_in_range' as rule_id, 'indicator_inequality' as table_name,
        count(case when
            lower_95 > value or upper_95 < value or isnan(value) or isinf(value)
            or (measure = 'relative_gap' and value <= 0)
        then 1 end) as violated,
        count(*) as expected
    from inequality
),

{# The disclosure rule on what goes out: nothing that stays internal, no small count, and every count of a rounding source is a multiple of five. #}
disclosed as (
    select
        'disclosure_applied' as rule_id, 'indicator_value' as table_name,
        count(case when
            {{ is_undisclosed('value.numerator', 'profile') }}
            or {{ stays_internal('value', 'profile') }}
            or (indicator.denominator_type = 'records' and {{ is_undisclosed('value.denominator', 'profile') }})
        then 1 end) as violated,
        count(*) as expected
    from value
    inner join {{ source('run', 'indicator') }} as indicator on value.indicator_id = indicator.indicator_id
    inner join {{ ref('disclosure_profile') }} as profile on indicator.disclosure_profile = profile.disclosure_profile
),

disclosed_origin as (
    select
        'disclosure_applied' as rule_id, 'ethnicity_origin' as table_name,
        count(case when {{ is_undisclosed('origin.records', 'profile') }} then 1 end) as violated,
        count(*) as expected
    from {{ ref('pub_ethnicity_origin') }} as origin
    left join {{ source('run', 'feed') }} as feed on origin.feed = feed.feed
    left join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
),

disclosed_quality as (
    select
        'disclosure_applied' as rule_id, 'data_quality' as table_name,
        count(case when
            (quality.counts <> 'other' and (
                {{ is_undisclosed('quality.violated', 'profile') }} or {{ is_undisclosed('quality.expected', 'profile') }}
            ))
            or (quality.submitter_code <> 'all' and {{ keeps_submitters_inside('feed', 'profile') }})
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('pub_data_quality') }} as quality
    left join {{ source('run', 'feed') }} as feed on quality.feed = feed.feed
    left join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
),

disclosed_item as (
    select
        'disclosure_applied' as rule_id, 'data_quality_item' as table_name,
        count(case when
            {% for counted in ['expected'] + quality_item_counts() -%}
            {{ is_undisclosed('item.' ~ counted, 'profile') }}{{ ' or' if not loop.last }}
            {% endfor -%}
            or (item.submitter_code <> 'all' and {{ keeps_submitters_inside('feed', 'profile') }})
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('pub_data_quality_item') }} as item
    left join {{ source('run', 'feed') }} as feed on item.feed = feed.feed
    left join {{ ref('disclosure_profile') }} as profile on feed.disclosure_profile = profile.disclosure_profile
),

{# Every indicator of the run has its newest complete period, so that no old table passes for a new one. #}
newest as (
    select
        wanted.indicator_id,
        max(member.period_end) as newest_period_end
    from {{ source('run', 'indicator_period') }} as wanted
    inner join {{ ref('int_period__member') }} as member
        on wanted.feed = member.feed and wanted.period_type = member.period_type
    group by wanted.indicator_id
),

published as (
    select
        indicator_id,
        max(period_end) as published_period_end
    from value
    group by indicator_id
),

fresh as (
    select
        'newest_period_published' as rule_id, 'indicator_value' as table_name,
        count(case when published.published_period_end is distinct from newest.newest_period_end then 1 end) as violated,
        count(*) as expected
    from newest
    left join published on newest.indicator_id = published.indicator_id
),

stamped as (
    {% for table in published_tables() -%}
    select
        'stamped' as rule_id, '{{ table }}' as table_name,
        count(case when
            stamp.release_id is distinct from release.release_id or stamp.is_synthetic is distinct from setting.is_synthetic
        then 1 end) as violated,
        count(*) as expected
    from {{ ref('pub_' ~ table) }} as stamp
    cross join {{ source('run', 'setting') }} as setting
    cross join {{ source('verdict', 'release') }} as release
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

together as (
    {% for rule in ['breakdown_conserved', 'area_conserved', 'ranges', 'key_unique', 'missing_has_reason', 'score_range', 'gap_range',
        'trend_range', 'disclosed', 'disclosed_origin', 'disclosed_item', 'disclosed_quality', 'fresh', 'stamped'] -%}
    select rule_id, table_name, violated, expected from {{ rule }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        together.table_name,
        together.rule_id,
        cast(together.violated as bigint) as violated,
        cast(together.expected as bigint) as expected,
        case when together.expected > 0
            then 100e0 * cast(together.violated as double) / cast(together.expected as double) end as pct
    from together
)

select * from final

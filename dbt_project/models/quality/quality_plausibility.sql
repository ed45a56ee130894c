{#- Whether what came can be true: against the submitter's own past, against what the feed did meanwhile, and in itself. Differences
    within chance are none: a count moves by its square root, whoever sends it. No threshold of the policy stands here. -#}
with history as (
    select
        *,
        {{ records_in_season() }} as in_season,
        level_then * feed_against_then as level_expected
    from {{ ref('quality_submitter_history') }}
    where records > 0
),

volume as (
    select
        feed, submitter_code, period, 'volume_against_season' as rule_id,
        case when {{ is_beyond_chance('records', 'in_season') }} then abs(records - in_season) else 0 end as violated,
        coalesce(in_season, 0) as expected
    from history
),

level as (
    select
        feed, submitter_code, period, 'level_shift' as rule_id,
        case when {{ is_beyond_chance('level_now', 'level_expected') }} then abs(level_now - level_expected) else 0 end
            as violated,
        coalesce(level_expected, 0) as expected
    from history
),

{# Five times as many records as usual in that season, or more, or a fifth, or less. #}
slip as (
    select
        feed, submitter_code, period, 'units_slip' as rule_id,
        case when {{ is_out_of_scale('history') }} then records else 0 end as violated,
        case when periods_before >= 3 then records else 0 end as expected
    from history
),

{# Equal in every place, ethnic category, sex and age: the same records under another period. #}
content as (
    select
        grouped.feed, grouped.submitter_code, grouped.period,
        part.period_end,
        sum(case when grouped.attribute = 'sex' then grouped.records else 0 end) as records,
        sum(hash(grouped.attribute, grouped.category, grouped.records)) as fingerprint
    from {{ ref('quality_submitter_group') }} as grouped
    inner join {{ source('run', 'part') }} as part on grouped.feed = part.feed and grouped.period = part.period
    group by grouped.feed, grouped.submitter_code, grouped.period, part.period_end
),

numbered_content as (
    select
        *,
        row_number() over (partition by feed, submitter_code, fingerprint order by period_end, period) as number_of_copy
    from content
),

repeat as (
    select
        feed, submitter_code, period, 'content_repeated' as rule_id,
        case when number_of_copy > 1 and records >= {{ least_records_to_compare() }} then records else 0 end as violated,
        records as expected
    from numbered_content
),

region as (
    select
        grouped.feed, grouped.period, part.period_end, part.period_grain, residence.region_code,
        sum(grouped.records) as records
    from {{ ref('quality_submitter_group') }} as grouped
    inner join {{ source('run', 'part') }} as part on grouped.feed = part.feed and grouped.period = part.period
    inner join {{ ref('dim_residence') }} as residence on grouped.residence_key = residence.residence_key
    where residence.residence_group = 'england' and residence.region_code is not null
    group by grouped.feed, grouped.period, part.period_end, part.period_grain, residence.region_code
),

{# What a region had in the periods before, and has now; a region without a record now has none to be found by. #}
region_usual as (
    select
        part.feed, part.period, past.region_code,
        percentile_cont(5e-1) within group (order by past.records) as usual_records
    from {{ source('run', 'part') }} as part
    inner join region as past
        on part.feed = past.feed and part.period_grain = past.period_grain and past.period_end < part.period_end
    group by part.feed, part.period, past.region_code
    having count(*) >= 3
),

region_now as (
    select
        usual.feed, 'all' as submitter_code, usual.period, 'region_missing' as rule_id,
        count(case
            when usual.usual_records >= {{ least_records_to_compare() }}
                and coalesce(region.records, 0) < usual.usual_records / 1e1 then 1
        end) as violated,
        count(*) as expected
    from region_usual as usual
    left join region
        on usual.feed = region.feed and usual.period = region.period and usual.region_code = region.region_code
    group by usual.feed, usual.period
),

{# Every record with one value of an attribute, where the others of the feed have several. Values that are not known are another
   rule's; a submitter that was always so has one kind of people. #}
attribute_of as (
    select
        feed, submitter_code, period, attribute,
        sum(records) as records,
        max(records) as largest
    from {{ ref('quality_submitter_group') }}
    where category not in ('Z', 'unknown', '-1', '0')
    group by feed, submitter_code, period, attribute
),

attribute_total as (
    select
        *,
        sum(records) over (partition by feed, period, attribute) - records as others,
        sum(largest) over (partition by feed, period, attribute) - largest as others_largest,
        sum(records) over (partition by feed, submitter_code, attribute) - records as own_others,
        sum(largest) over (partition by feed, submitter_code, attribute) - largest as own_others_largest
    from attribute_of
),

one_group as (
    select
        feed, submitter_code, period, 'all_in_one_group' as rule_id,
        count(case
            when records >= {{ least_records_to_compare() }}
                and largest >= 95e-2 * records
                and others_largest < 8e-1 * others
                and own_others_largest < 8e-1 * own_others then 1
        end) as violated,
        count(*) as expected
    from attribute_total
    group by feed, submitter_code, period
),

final as (
    {% for rule in ['volume', 'level', 'slip', 'repeat', 'region_now', 'one_group'] -%}
    select
        feed, submitter_code, period, rule_id,
        cast(round(violated) as bigint) as violated,
        cast(round(expected) as bigint) as expected
    from {{ rule }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select * from final

{#- What areas lack because a submitter that was expected sent nothing, or have too many or too few of because it sent what cannot be:
    the difference from what it usually sends of their residents, of all that came and should have come. Only areas with something
    of that in some period have rows, and the whole feed (`all`) always. -#}
with sent as (
    select * from {{ ref('quality_submitter_period') }}
),

{# Submitters and periods of which nothing can be believed. #}
astray as (
    select feed, submitter_code, period from sent where is_expected and records = 0
    union
    select feed, submitter_code, period
    from {{ ref('quality_submitter_history') }} as history
    where records > 0 and {{ is_out_of_scale('history') }}
),

{# Residents of the areas by who sent them; only for feeds of which somebody is astray. #}
activity as (
    {% for feed in record_feeds() -%}
    select
        '{{ feed.feed }}' as feed, cube.provider_code as submitter_code, cube.source_period as period, residence.area_key,
        sum(cube.records) as records
    from {{ ref(feed.cube) }} as cube
    inner join {{ ref('dim_residence') }} as residence on cube.residence_key = residence.residence_key
    where exists (select 1 from astray where astray.feed = '{{ feed.feed }}')
    group by all
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

{# What a submitter usually sends: the mean over the periods in which it sent anything that can be. #}
believed as (
    select activity.*
    from activity
    anti join astray
        on activity.feed = astray.feed and activity.submitter_code = astray.submitter_code and activity.period = astray.period
),

usual as (
    select
        believed.feed, believed.submitter_code, believed.area_key,
        cast(sum(believed.records) as double) / any_value(submitter.periods) as records
    from believed
    inner join (
        select feed, submitter_code, count(distinct period) as periods from believed group by feed, submitter_code
    ) as submitter
        on believed.feed = submitter.feed and believed.submitter_code = submitter.submitter_code
    where exists (
        select 1 from astray
        where astray.feed = believed.feed and astray.submitter_code = believed.submitter_code
    )
    group by believed.feed, believed.submitter_code, believed.area_key
),

{# By how much who is astray differs from its usual self; who has none is told by other rules. #}
difference as (
    select astray.feed, astray.period, usual.area_key, usual.records - coalesce(activity.records, 0) as missing
    from astray
    inner join usual on astray.feed = usual.feed and astray.submitter_code = usual.submitter_code
    left join activity
        on astray.feed = activity.feed
        and astray.submitter_code = activity.submitter_code
        and astray.period = activity.period
        and usual.area_key = activity.area_key
    union all
    select astray.feed, astray.period, activity.area_key, -activity.records as missing
    from astray
    inner join activity
        on astray.feed = activity.feed
        and astray.submitter_code = activity.submitter_code
        and astray.period = activity.period
    where exists (
            select 1 from usual
            where usual.feed = astray.feed and usual.submitter_code = astray.submitter_code
        )
        and not exists (
            select 1 from usual
            where usual.feed = astray.feed
                and usual.submitter_code = astray.submitter_code
                and usual.area_key = activity.area_key
        )
),

{# The areas that lack something in some period, and each area_key of theirs in every period. #}
area_of_key as (
    {% for level in ['region_code', 'icb_code', 'sub_icb_code', 'la_code'] -%}
    select distinct area_key, {{ level }} as area_code
    from {{ ref('dim_residence') }}
    where residence_group = 'england' and {{ level }} is not null
    union all
    {% endfor -%}
    select distinct area_key, 'all' as area_code from {{ ref('dim_residence') }}
),

lacking as (
    select distinct difference.feed, area_of_key.area_code
    from difference
    inner join area_of_key on difference.area_key = area_of_key.area_key
),

by_key as (
    select feed, period, area_key, records, 0e0 as missing, 0e0 as in_excess from activity
    union all
    select feed, period, area_key, 0 as records, greatest(missing, 0e0) as missing, greatest(-missing, 0e0) as in_excess
    from difference
),

by_area as (
    select
        by_key.feed, by_key.period, area_of_key.area_code,
        sum(by_key.records) as records,
        {{ ordered_sum('by_key.missing', 'by_key.missing') }} as missing,
        {{ ordered_sum('by_key.in_excess', 'by_key.in_excess') }} as in_excess
    from by_key
    inner join area_of_key on by_key.area_key = area_of_key.area_key
    inner join lacking on by_key.feed = lacking.feed and area_of_key.area_code = lacking.area_code
    group by by_key.feed, by_key.period, area_of_key.area_code
),

{# A feed with an expected list of which nobody, or somebody who never sent anything, was silent lacks nothing that can be counted. #}
whole as (
    select feed, period, 'all' as area_code, sum(records) as records
    from sent
    where feed in (select feed from {{ ref('int_submitter__expected') }})
        and feed not in (select feed from lacking)
    group by feed, period
),

{# Of contacts in maternity it is women who are lacking: those whose provider does not tell of every month that is needed. #}
women as (
    select
        'msds_contact' as feed, area_of_key.area_code, cube.source_period as period,
        cast(sum(case when cube.is_told_of then 0 else cube.records end) as bigint) as violated,
        cast(sum(cube.records) as bigint) as expected
    from {{ ref('int_continuity__cube') }} as cube
    inner join {{ ref('dim_residence') }} as residence on cube.residence_key = residence.residence_key
    inner join area_of_key on residence.area_key = area_of_key.area_key
    group by area_of_key.area_code, cube.source_period
),

final as (
    select
        feed, area_code, period,
        cast(round(missing) as bigint) + cast(round(in_excess) as bigint) as violated,
        cast(records as bigint) + cast(round(missing) as bigint) as expected
    from by_area
    where feed <> 'msds_contact'
    union all
    select feed, area_code, period, 0 as violated, cast(records as bigint) as expected
    from whole
    where feed <> 'msds_contact'
    union all
    select feed, area_code, period, violated, expected
    from women
    where area_code in (select lacking.area_code from women as lacking where lacking.violated > 0) or area_code = 'all'
)

select * from final

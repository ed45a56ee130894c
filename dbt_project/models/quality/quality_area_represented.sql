{#- What areas lack because a submitter that was expected sent nothing: records it usually sends of their residents, of all that
    were to be expected. Only areas that lack something in some period have rows, and the whole feed (`all`) always. -#}
with sent as (
    select * from {{ ref('quality_submitter_period') }}
),

silent as (
    select feed, submitter_code, period from sent where is_expected and records = 0
),

{# Residents of the areas by who sent them; only for feeds of which somebody was silent. #}
activity as (
    {% for feed in record_feeds() -%}
    select
        '{{ feed.feed }}' as feed, cube.provider_code as submitter_code, cube.source_period as period, residence.area_key,
        sum(cube.records) as records
    from {{ ref(feed.cube) }} as cube
    inner join {{ ref('dim_residence') }} as residence on cube.residence_key = residence.residence_key
    where exists (select 1 from silent where silent.feed = '{{ feed.feed }}')
    group by all
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

{# What a submitter usually sends: the mean over the periods in which it sent anything. #}
usual as (
    select
        activity.feed, activity.submitter_code, activity.area_key,
        cast(sum(activity.records) as double) / any_value(submitter.periods) as records
    from activity
    inner join (
        select feed, submitter_code, count(distinct period) as periods from activity group by feed, submitter_code
    ) as submitter
        on activity.feed = submitter.feed and activity.submitter_code = submitter.submitter_code
    where exists (
        select 1 from silent
        where silent.feed = activity.feed and silent.submitter_code = activity.submitter_code
    )
    group by activity.feed, activity.submitter_code, activity.area_key
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
    select distinct usual.feed, area_of_key.area_code
    from usual
    inner join area_of_key on usual.area_key = area_of_key.area_key
),

by_key as (
    select feed, period, area_key, records, 0e0 as missing from activity
    union all
    select silent.feed, silent.period, usual.area_key, 0 as records, usual.records as missing
    from silent
    inner join usual on silent.feed = usual.feed and silent.submitter_code = usual.submitter_code
),

by_area as (
    select by_key.feed, by_key.period, area_of_key.area_code, sum(by_key.records) as records, {{ ordered_sum('by_key.missing', 'by_key.missing') }} as missing
    from by_key
    inner join area_of_key on by_key.area_key = area_of_key.area_key
    inner join lacking on by_key.feed = lacking.feed and area_of_key.area_code = lacking.area_code
    group by by_key.feed, by_key.period, area_of_key.area_code
),

{# A feed with an expected list of which nobody, or somebody who never sent anything, was silent lacks nothing that can be counted. #}
whole as (
    select feed, period, 'all' as area_code, sum(records) as records, 0e0 as missing
    from sent
    where feed in (select feed from {{ ref('int_submitter__expected') }})
        and feed not in (select feed from lacking)
    group by feed, period
),

final as (
    select
        feed, area_code, period,
        cast(round(missing) as bigint) as violated,
        cast(records as bigint) + cast(round(missing) as bigint) as expected
    from by_area
    union all
    select feed, area_code, period, 0 as violated, cast(records as bigint) as expected
    from whole
)

select * from final

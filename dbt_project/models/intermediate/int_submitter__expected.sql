{#- Who must send what, between which days, and where that comes from: the supplied list; ODS, where the list names a kind of
    organisation (ods:trust, ods:practice) instead of a code; the feed's own history, where the list does not name the feed. -#}
with supplied as (
    select
        feed, submitter_code, valid_from, valid_to,
        case when starts_with(submitter_code, 'ods:') then substr(submitter_code, 5) end as organisation_type
    from {{ source('run', 'expected_submitter') }}
),

{# Open on a day: an organisation is not expected on the day it closes. #}
from_ods as (
    select
        supplied.feed,
        organisation.organisation_code as submitter_code,
        greatest(supplied.valid_from, coalesce(organisation.open_date, supplied.valid_from)) as valid_from,
        case
            when organisation.close_date <= supplied.valid_to or supplied.valid_to is null
                then coalesce(organisation.close_date - interval 1 day, supplied.valid_to)
            else supplied.valid_to
        end as valid_to
    from supplied
    inner join {{ source('reference', 'organisation') }} as organisation
        on supplied.organisation_type = organisation.organisation_type
    left join supplied as named
        on supplied.feed = named.feed and organisation.organisation_code = named.submitter_code
    where named.submitter_code is null
),

part as (
    select
        feed, period, period_grain, period_start, period_end,
        row_number() over (partition by feed, period_grain order by period_end) as number_of_period
    from {{ source('run', 'part') }}
    where feed in (
        {%- for feed in record_feeds() %}'{{ feed.feed }}'{% if not loop.last %}, {% endif %}{% endfor -%}
    )
    and feed not in (select listed.feed from supplied as listed)
),

{# Read from the cubes, and not at all where the list names every feed. #}
sent as (
    {% for feed in record_feeds() -%}
    select distinct '{{ feed.feed }}' as feed, provider_code as submitter_code, source_period as period
    from {{ ref(feed.cube) }}
    where provider_code is not null and exists (select 1 from part where part.feed = '{{ feed.feed }}')
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

{# Who sent in three of the six periods before one must send in that one. #}
from_history as (
    select
        now.feed, before.submitter_code, now.period_start as valid_from, now.period_end as valid_to
    from part as now
    inner join (
        select sent.feed, sent.submitter_code, part.period_grain, part.number_of_period
        from sent
        inner join part on sent.feed = part.feed and sent.period = part.period
    ) as before
        on now.feed = before.feed
        and now.period_grain = before.period_grain
        and before.number_of_period between now.number_of_period - 6 and now.number_of_period - 1
    left join {{ source('reference', 'organisation') }} as organisation
        on before.submitter_code = organisation.organisation_code
    where organisation.close_date > now.period_end or organisation.close_date is null
    group by now.feed, before.submitter_code, now.period_start, now.period_end
    having count(*) >= 3
),

together as (
    select feed, submitter_code, valid_from, valid_to, 'supplied' as list_origin
    from supplied
    where organisation_type is null
    union all
    select feed, submitter_code, valid_from, valid_to, 'ods' as list_origin from from_ods
    union all
    select feed, submitter_code, valid_from, valid_to, 'history' as list_origin from from_history
),

final as (
    select
        feed,
        submitter_code,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        list_origin
    from together
)

select * from final

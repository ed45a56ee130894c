{#- The best known ethnic category of a person. A feed says the one known category of its newest part that says any; one that
    says two there says nothing. Of the feeds that say one, the first in the order of ethnicity_source. Empty in a run that
    shows what is recorded. -#}
{%- if is_best_known_ethnicity() -%}
with said as (
    {% for feed in record_feeds() -%}
    select
        '{{ feed.feed }}' as feed,
        records.person_pseudonym,
        records.ethnic_category_code,
        max(part.period_end) as said_on
    from {{ ref(feed.records) }} as records
    inner join {{ source('run', 'part') }} as part
        on part.feed = '{{ feed.feed }}' and records.source_period = part.period
    where records.person_pseudonym is not null and {{ is_known_ethnicity('records.ethnic_category_code') }}
    group by records.person_pseudonym, records.ethnic_category_code
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

dated as (
    select
        *,
        max(said_on) over (partition by person_pseudonym, feed) as newest
    from said
),

agreed as (
    select
        person_pseudonym,
        feed,
        min(ethnic_category_code) as ethnic_category_code
    from dated
    where said_on = newest
    group by person_pseudonym, feed
    having count(*) = 1
),

placed as (
    select
        agreed.*,
        row_number() over (partition by agreed.person_pseudonym order by source.feed_order) as place
    from agreed
    inner join {{ ref('ethnicity_source') }} as source on agreed.feed = source.feed
),

final as (
    select
        person_pseudonym,
        ethnic_category_code,
        feed
    from placed
    where place = 1
)

select * from final
{%- else -%}
select
    cast(null as varchar) as person_pseudonym,
    cast(null as varchar) as ethnic_category_code,
    cast(null as varchar) as feed
where false
{%- endif %}

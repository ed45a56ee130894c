{#- Who is recorded as homeless, from when to when: a record says so from the first day of its part, a GP record from the day of
    its latest code, and both to the same day a year after the last. -#}
{%- set feeds = [
    'sus_apc', 'sus_op', 'ecds', 'wlmds', 'msds_birth', 'msds_booking', 'msds_contact', 'mhsds_contact', 'mhsds_detention',
    'talking_therapies',
] -%}
with coded as (
    {% for feed in record_feeds() if feed.feed in feeds -%}
    select '{{ feed.feed }}' as feed, source_period, person_pseudonym, homelessness_codes
    from {{ ref(feed.records) }}
    where homelessness_codes is not null and person_pseudonym is not null
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

{# Texts are few where records are many. #}
listed as (
    select distinct said.homelessness_codes, list.valid_from, list.valid_to
    from (select distinct homelessness_codes from coded) as said
    inner join {{ ref('code_list') }} as list
        on list.code_list_id = 'homelessness' and ({{ has_listed_code('said.homelessness_codes', 'list') }})
),

recorded as (
    select
        coded.person_pseudonym,
        part.period_start as first_day,
        part.period_end as last_day
    from coded
    inner join listed on coded.homelessness_codes = listed.homelessness_codes
    inner join {{ source('run', 'part') }} as part on coded.feed = part.feed and coded.source_period = part.period
    where {{ is_listed_on('listed', 'part.period_end') }}
    union all
    select
        person_pseudonym,
        homeless_cod_date as first_day,
        homeless_cod_date as last_day
    from {{ ref('stg_gp_extract__persons') }}
    where homeless_cod_date <= snapshot_date
),

final as (
    select distinct
        person_pseudonym,
        first_day as valid_from,
        cast(last_day + interval 12 month as date) as valid_to
    from recorded
)

select * from final

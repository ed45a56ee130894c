{#- Who received continuity of carer, as of the month of contacts four months after that of 29+0 weeks: by then every
    pregnancy has ended. The rule is that of the published measure COC_receiving_ongoing (decision 6). -#}
{%- set months_after = 4 -%}
{%- set least_pct = 70 -%}
with part as (
    select feed, period as source_period, {{ months_counted('period_start') }} as month_number
    from {{ source('run', 'part') }}
    where feed in ('msds_booking', 'msds_contact')
),

pregnancy as (
    select
        {{ cube_sources() }},
        pregnancy_id,
        care_plan_date,
        care_professional_id,
        care_team_id,
        discharge_date,
        coalesce(is_placed_before, false) as is_placed,
        {# No plan is older than its pregnancy; one that says so does not ask for years of contacts. #}
        case when {{ gestation_on('care_plan_date') }} < 0 then null else {{ months_counted('care_plan_date') }} end
            as month_of_plan
    from (
        select *, {{ pregnancy_at_29_weeks() }}
        from {{ ref('stg_msds_booking__pregnancies') }}
    )
    where reaches_29_weeks_in_the_month and not coalesce(is_discharged_before, false)
),

{# Each under the month that reports on it, where contacts of that month were sent at all. #}
reported as (
    select
        pregnancy.* exclude (source_period),
        reporting.source_period,
        booked.month_number as month_at_29_weeks,
        reporting.month_number
    from pregnancy
    inner join part as booked on booked.feed = 'msds_booking' and pregnancy.source_period = booked.source_period
    inner join part as reporting
        on reporting.feed = 'msds_contact' and reporting.month_number = booked.month_number + {{ months_after }}
),

coded as (
    select
        source_period,
        provider_code,
        pregnancy_id,
        person_pseudonym,
        contact_id,
        contact_date,
        care_professional_id,
        care_team_id,
        discharge_date,
        source_table = 'MSD302' as is_of_labour,
        source_table = 'MSD202'
            and {{ in_code_list('attend_code', 'msds_attended') }}
            and {{ in_code_list('staff_group_code', 'msds_midwife') }} as is_with_midwife
    from {{ ref('stg_msds_contact__activities') }}
),

activity as (
    select coded.* exclude (source_period), part.month_number
    from coded
    inner join part on part.feed = 'msds_contact' and coded.source_period = part.source_period
),

{# Months a provider told of contacts in: with a midwife who is named, or whose team is. #}
told as (
    select
        provider_code,
        month_number,
        max(case when discharge_date is not null then 1 else 0 end) as tells_discharges
    from activity
    group by provider_code, month_number
    having max(case when is_with_midwife and coalesce(care_professional_id, care_team_id) is not null then 1 else 0 end) = 1
),

{# From the first plan, or 29 weeks, to the month that reports: contacts of every one of these months may count. #}
needed as (
    select
        provider_code,
        month_number,
        min(case when is_placed and month_of_plan < month_at_29_weeks then month_of_plan else month_at_29_weeks end)
            as first_month
    from reported
    group by provider_code, month_number
),

{# A month that reports on plans of before the first file, or beside a missing one, is no month. #}
landed as (
    select needed.month_number
    from (select month_number, min(first_month) as first_month from needed group by month_number) as needed
    inner join part
        on part.feed = 'msds_contact' and part.month_number between needed.first_month and needed.month_number
    group by needed.month_number, needed.first_month
    having count(*) = needed.month_number - needed.first_month + 1
),

{# Providers whose contacts of no month are missing, and who tell of discharges: of others nobody would have received. #}
whole as (
    select needed.provider_code, needed.month_number
    from needed
    inner join told
        on needed.provider_code = told.provider_code
        and told.month_number between needed.first_month and needed.month_number
    group by needed.provider_code, needed.month_number, needed.first_month
    having count(*) = needed.month_number - needed.first_month + 1 and max(told.tells_discharges) = 1
),

woman as (
    select reported.*, whole.provider_code is not null as is_told_of
    from reported
    inner join landed on reported.month_number = landed.month_number
    left join whole
        on reported.provider_code = whole.provider_code and reported.month_number = whole.month_number
),

{# What was sent up to the reporting month of who has a plan, and whether it was with the professional or the team of it. #}
linked as (
    select
        woman.month_number,
        woman.pregnancy_id,
        woman.care_plan_date,
        activity.contact_id,
        activity.contact_date,
        activity.discharge_date,
        activity.is_of_labour,
        activity.is_with_midwife,
        coalesce(activity.care_professional_id = woman.care_professional_id, false)
            or coalesce(activity.care_team_id = woman.care_team_id, false) as is_as_planned
    from woman
    inner join activity
        on woman.pregnancy_id = activity.pregnancy_id
        and woman.person_pseudonym is not distinct from activity.person_pseudonym
        and activity.month_number <= woman.month_number
    where woman.is_placed
),

ended as (
    select
        month_number,
        pregnancy_id,
        max(discharge_date) as discharge_date
    from (
        select month_number, pregnancy_id, care_plan_date, discharge_date from linked
        union all
        select month_number, pregnancy_id, care_plan_date, discharge_date from woman
    )
    where discharge_date >= care_plan_date
    group by month_number, pregnancy_id
),

{# A contact with several activities is one, as planned if any of them is. #}
met as (
    select
        linked.month_number,
        linked.pregnancy_id,
        linked.contact_id,
        linked.contact_date,
        max(case when linked.is_as_planned then 1 else 0 end) as is_as_planned
    from linked
    inner join ended on linked.month_number = ended.month_number and linked.pregnancy_id = ended.pregnancy_id
    where linked.is_with_midwife and linked.contact_date between linked.care_plan_date and ended.discharge_date
    group by linked.month_number, linked.pregnancy_id, linked.contact_id, linked.contact_date
),

cared_for as (
    select month_number, pregnancy_id
    from met
    group by month_number, pregnancy_id
    having 100 * sum(is_as_planned) >= {{ least_pct }} * count(*)
),

labour as (
    select
        month_number,
        pregnancy_id,
        max(case when is_as_planned then 1 else 0 end) = 1 as is_as_planned
    from linked
    where is_of_labour
    group by month_number, pregnancy_id
),

final as (
    select
        {{ cube_groups('woman') }},
        woman.is_told_of,
        woman.is_told_of and cared_for.pregnancy_id is not null and coalesce(labour.is_as_planned, true)
            as is_receiving_continuity,
        count(*) as records
    from woman
    left join cared_for on woman.month_number = cared_for.month_number and woman.pregnancy_id = cared_for.pregnancy_id
    left join labour on woman.month_number = labour.month_number and woman.pregnancy_id = labour.pregnancy_id
    {{ cube_joins('woman', 'msds_contact') }}
    group by all
)

select * from final

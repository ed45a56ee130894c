{#- Fifths of GP practices by the deprivation of the patients on their lists, for each part of figures that practices send.
    The score of a practice is the mean IMD score of its patients' LSOAs, every patient with the same weight; practices are
    ranked by it, the most deprived first, and cut into fifths of equal numbers of practices. -#}
with list as (
    select period, cast(date_trunc('month', period_end) as date) as list_day
    from {{ source('run', 'part') }}
    where feed = 'gp_list_lsoa'
),

{# The list that is nearest to the last day of the figures, the earlier of two. #}
nearest as (
    select
        part.feed,
        part.period as source_period,
        list.period as list_period,
        abs(datediff('day', list.list_day, part.period_end)) as days_apart,
        row_number() over (
            partition by part.feed, part.period
            order by abs(datediff('day', list.list_day, part.period_end)), list.list_day
        ) as preference
    from {{ source('run', 'part') }} as part
    cross join list
    where part.feed in ({% for feed in practice_feeds() %}'{{ feed }}'{% if not loop.last %}, {% endif %}{% endfor %})
),

chosen as (
    select feed, source_period, list_period
    from nearest
    where preference = 1 and days_apart <= {{ most_days_between_figures_and_list() }}
),

{# Scores have three decimals: as whole thousandths their sums are exact, in any order. #}
lsoa_score as (
    {% for edition, vintage in [(2019, 'lsoa11_code'), (2025, 'lsoa21_code')] -%}
    select
        residence.lsoa_code,
        decile.imd_edition,
        cast(round(decile.imd_score * 1e3) as bigint) as thousandths
    from {{ ref('int_lsoa__residence') }} as residence
    inner join {{ ref('int_lsoa__decile') }} as decile
        on residence.{{ vintage }} = decile.lsoa_code and decile.imd_edition = {{ edition }}
    where decile.imd_score is not null
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

edition as (
    select imd_edition
    from {{ source('run', 'imd_edition') }}
    where imd_edition in (select lsoa_score.imd_edition from lsoa_score)
),

practice as (
    select
        list.source_period as list_period,
        edition.imd_edition,
        list.practice_code,
        cast(sum(list.patients) as bigint) as patients,
        cast(sum(case when score.thousandths is not null then list.patients else 0 end) as bigint) as patients_with_score,
        cast(sum(list.patients * score.thousandths) as bigint) as thousandths
    from {{ ref('stg_gp_list_lsoa__patients') }} as list
    cross join edition
    left join lsoa_score as score
        on list.lsoa_code = score.lsoa_code and edition.imd_edition = score.imd_edition
    where list.source_period in (select chosen.list_period from chosen)
    group by list.source_period, edition.imd_edition, list.practice_code
),

scored as (
    select
        *,
        cast(thousandths as double) / (1e3 * cast(patients_with_score as double)) as mean_imd_score
    from practice
    where patients_with_score > 0
        and cast(patients_with_score as double) >= {{ least_share_of_list_with_score() }} * cast(patients as double)
),

ranked as (
    select
        *,
        row_number() over (
            partition by list_period, imd_edition order by mean_imd_score desc, practice_code
        ) as practice_rank,
        count(*) over (partition by list_period, imd_edition) as practices
    from scored
),

final as (
    select
        chosen.feed,
        chosen.source_period,
        chosen.list_period,
        ranked.imd_edition,
        ranked.practice_code,
        ranked.patients,
        ranked.patients_with_score,
        ranked.mean_imd_score,
        ranked.practice_rank,
        {{ imd_quintile(imd_decile('ranked.practice_rank', 'ranked.practices')) }} as practice_imd_quintile
    from chosen
    inner join ranked on chosen.list_period = ranked.list_period
)

select * from final

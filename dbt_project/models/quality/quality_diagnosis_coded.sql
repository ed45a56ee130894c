{#- Finished admitted episodes without a primary diagnosis, of all of them: by submitter, by the area in which the patient lives,
    and for the whole feed (`all`). What is not coded is in no numerator of an indicator that looks for a diagnosis. -#}
with by_place as (
    select
        cube.provider_code,
        cube.source_period as period,
        residence.residence_group,
        residence.region_code,
        residence.icb_code,
        residence.sub_icb_code,
        residence.la_code,
        sum(case when cube.primary_diagnosis_code = 'not_coded' then cube.records else 0 end) as not_coded,
        sum(cube.records) as episodes
    from {{ ref('int_admitted_care__cube') }} as cube
    inner join {{ ref('dim_residence') }} as residence on cube.residence_key = residence.residence_key
    where cube.is_finished_admitted_episode
    group by all
),

final as (
    select
        'sus_apc' as feed, 'diagnosis_coded' as rule_id, provider_code as submitter_code, period,
        sum(not_coded) as violated, sum(episodes) as expected
    from by_place
    group by provider_code, period
    {% for level in ['region_code', 'icb_code', 'sub_icb_code', 'la_code'] -%}
    union all
    select
        'sus_apc' as feed, 'diagnosis_coded_in_area' as rule_id, {{ level }} as submitter_code, period,
        sum(not_coded) as violated, sum(episodes) as expected
    from by_place
    where residence_group = 'england' and {{ level }} is not null
    group by {{ level }}, period
    {% endfor -%}
    union all
    select
        'sus_apc' as feed, 'diagnosis_coded_in_area' as rule_id, 'all' as submitter_code, period,
        sum(not_coded) as violated, sum(episodes) as expected
    from by_place
    group by period
)

select * from final

{#- Incomplete pathways (Part 2) at month end, all treatment functions (C_999). `Total All` counts every pathway; `Total` is
    blank in Part 2. Areas are the commissioner's, as published; commissioners outside ICBs are a group of their own. -#}
with pathway as (
    select
        source_period,
        provider_code,
        coalesce(commissioner_parent_code, 'unknown') as icb_ods_code,
        coalesce(commissioner_code, 'unknown') as sub_icb_ods_code,
        total_all,
        total_all - within_18_weeks as over_18_weeks,
        over_52_weeks
    from {{ ref('stg_rtt__pathways') }}
    where rtt_part_type = 'Part_2' and treatment_function_code = 'C_999'
),

commissioner as (
    select distinct
        area.sub_icb_ods_code, area.sub_icb_code, area.icb_ods_code, area.icb_code, area.region_code
    from {{ source('reference', 'lsoa21_area') }} as area
    inner join {{ source('run', 'setting') }} as setting
        on area.organisation_edition = setting.organisation_edition
),

icb as (
    select distinct icb_ods_code, icb_code, region_code from commissioner
),

sub_icb as (
    select distinct sub_icb_ods_code, sub_icb_code from commissioner
),

located as (
    select
        pathway.source_period,
        pathway.provider_code as provider,
        coalesce(sub_icb.sub_icb_code, 'no_sub_icb') as sub_icb,
        coalesce(icb.icb_code, 'no_icb') as icb,
        coalesce(icb.region_code, 'no_region') as region,
        pathway.total_all,
        pathway.over_18_weeks,
        pathway.over_52_weeks
    from pathway
    left join icb on pathway.icb_ods_code = icb.icb_ods_code
    left join sub_icb on pathway.sub_icb_ods_code = sub_icb.sub_icb_ods_code
),

rolled as (
    {{ area_totals('located', ['source_period'], ['provider', 'sub_icb', 'icb', 'region'], [
        'sum(total_all) as denominator',
        'sum(over_18_weeks) as over_18_weeks',
        'sum(over_52_weeks) as over_52_weeks',
    ]) | indent(4) }}
),

final as (
    select
        'month_end' as period_type,
        part.period_end as period_start,
        part.period_end,
        rolled.area_type,
        rolled.area_code,
        rolled.denominator,
        rolled.over_18_weeks,
        rolled.over_52_weeks,
        {{ counts_of_everybody() }}
    from rolled
    inner join {{ source('run', 'part') }} as part on part.feed = 'rtt' and rolled.source_period = part.period
    cross join {{ source('run', 'setting') }} as setting
)

select * from final

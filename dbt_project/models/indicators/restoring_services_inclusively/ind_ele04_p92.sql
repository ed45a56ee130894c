{#- The people of ELE04: int_indicator__percentile reads both percentiles from its waits. -#}
with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
)

{{ indicator_frame('ELE04_P92', 'denominator', denominator='records') }}

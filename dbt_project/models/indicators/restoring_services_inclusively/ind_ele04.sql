with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
)

{{ indicator_frame('ELE04', 'denominator', denominator='records', value='days_waited') }}

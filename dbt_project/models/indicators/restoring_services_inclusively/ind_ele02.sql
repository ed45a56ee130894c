with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
)

{{ indicator_frame(
    'ELE02', 'denominator',
    numerator="case when waiting_band in ('over 18 weeks', 'over 52 weeks', 'over 65 weeks') then records else 0 end",
    denominator='records'
) }}

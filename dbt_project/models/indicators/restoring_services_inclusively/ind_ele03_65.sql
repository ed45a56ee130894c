with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
)

{{ indicator_frame(
    'ELE03_65', 'denominator',
    numerator="case when waiting_band = 'over 65 weeks' then records else 0 end",
    denominator='records'
) }}

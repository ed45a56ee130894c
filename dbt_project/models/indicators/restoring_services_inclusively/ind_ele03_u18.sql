with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
        and age_from between 0 and 17
)

{{ indicator_frame(
    'ELE03_U18', 'denominator',
    numerator="case when waiting_band in ('over 52 weeks', 'over 65 weeks') then records else 0 end",
    denominator='records'
) }}

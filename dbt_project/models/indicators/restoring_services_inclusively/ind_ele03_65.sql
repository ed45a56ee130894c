with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
)

{{ indicator_frame(
    'ELE03_65', 'denominator',
    numerator='case when days_waited > ' ~ days_in_65_weeks() ~ ' then records else 0 end',
    denominator='records'
) }}

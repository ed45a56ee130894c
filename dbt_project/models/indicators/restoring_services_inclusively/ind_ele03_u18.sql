with denominator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_incomplete_pathway
        and age_from between 0 and 17
)

{{ indicator_frame(
    'ELE03_U18', 'denominator',
    numerator='case when days_waited > ' ~ days_in_52_weeks() ~ ' then records else 0 end',
    denominator='records'
) }}

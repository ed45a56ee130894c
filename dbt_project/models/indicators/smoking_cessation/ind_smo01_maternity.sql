with denominator as (
    select *
    from {{ ref('int_tobacco_dependence__cube') }}
    where setting = 'maternity'
)

{{ indicator_frame(
    'SMO01_MATERNITY', 'denominator',
    numerator='case when is_seen then records else 0 end',
    denominator='records'
) }}

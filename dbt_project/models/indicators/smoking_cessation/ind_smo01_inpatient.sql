with denominator as (
    select *
    from {{ ref('int_tobacco_dependence__cube') }}
    where setting = 'acute_inpatient' and has_stayed_a_night and age_from >= 18
)

{{ indicator_frame(
    'SMO01_INPATIENT', 'denominator',
    numerator='case when is_seen then records else 0 end',
    denominator='records'
) }}

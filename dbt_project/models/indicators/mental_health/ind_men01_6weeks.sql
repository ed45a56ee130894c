with denominator as (
    select *
    from {{ ref('int_talking_therapies__cube') }}
    where is_completed_treatment and age_from >= 16
)

{{ indicator_frame(
    'MEN01_6WEEKS', 'denominator',
    numerator="case when waiting_band = 'within 6 weeks' then records else 0 end",
    denominator='records'
) }}

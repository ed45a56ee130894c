with denominator as (
    select *
    from {{ ref('int_talking_therapies__cube') }}
    where is_completed_treatment and age_from >= 16
)

{{ indicator_frame(
    'MEN01_18WEEKS', 'denominator',
    numerator="case when waiting_band in ('within 6 weeks', 'within 18 weeks') then records else 0 end",
    denominator='records'
) }}

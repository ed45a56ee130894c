with denominator as (
    select *
    from {{ ref('int_talking_therapies__cube') }}
    where is_completed_treatment and not is_not_caseness and age_from >= 16
)

{{ indicator_frame(
    'MEN01_RECOVERY', 'denominator',
    numerator='case when is_recovered then records else 0 end',
    denominator='records'
) }}

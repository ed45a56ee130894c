with denominator as (
    select *
    from {{ ref('int_talking_therapies__cube') }}
    where is_completed_treatment and not is_not_caseness and age_from >= 16
)

{{ indicator_frame(
    'MEN01', 'denominator',
    numerator='case when is_recovered and is_reliably_improved then records else 0 end',
    denominator='records'
) }}

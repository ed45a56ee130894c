with denominator as (
    select *
    from {{ ref('int_birth__cube') }}
    where is_live_birth and is_singleton and gestation_band <> 'not valid'
)

{{ indicator_frame(
    'MAT02_SINGLETON', 'denominator',
    numerator="case when gestation_band = 'preterm' then records else 0 end",
    denominator='records'
) }}

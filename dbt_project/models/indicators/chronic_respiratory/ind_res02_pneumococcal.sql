with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_pneumococcal_vaccinated is not null
)

{{ indicator_frame(
    'RES02_PNEUMOCOCCAL', 'denominator',
    numerator='case when is_pneumococcal_vaccinated then records else 0 end',
    denominator='records'
) }}

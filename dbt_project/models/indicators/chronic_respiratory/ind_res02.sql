with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_flu_vaccinated is not null
)

{{ indicator_frame(
    'RES02', 'denominator',
    numerator='case when is_flu_vaccinated then records else 0 end',
    denominator='records'
) }}

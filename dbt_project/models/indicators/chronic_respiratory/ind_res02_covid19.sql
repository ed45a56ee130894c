with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_covid19_vaccinated is not null
)

{{ indicator_frame(
    'RES02_COVID19', 'denominator',
    numerator='case when is_covid19_vaccinated then records else 0 end',
    denominator='records'
) }}

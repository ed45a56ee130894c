with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_covid19_vaccinated_immunosuppressed is not null
)

{{ indicator_frame(
    'RES02_COVID19_IMMUNOSUPPRESSED', 'denominator',
    numerator='case when is_covid19_vaccinated_immunosuppressed then records else 0 end',
    denominator='records'
) }}

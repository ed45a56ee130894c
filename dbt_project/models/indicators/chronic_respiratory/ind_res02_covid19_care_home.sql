with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_covid19_vaccinated_in_care_home is not null
)

{{ indicator_frame(
    'RES02_COVID19_CARE_HOME', 'denominator',
    numerator='case when is_covid19_vaccinated_in_care_home then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_flu_vaccinated is not null and age_from >= 65
)

{{ indicator_frame(
    'RES02_65', 'denominator',
    numerator='case when is_flu_vaccinated then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_flu_vaccinated_in_pregnancy is not null
)

{{ indicator_frame(
    'RES02_PREGNANT', 'denominator',
    numerator='case when is_flu_vaccinated_in_pregnancy then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_hypertension_treated is not null
)

{{ indicator_frame(
    'CVD01', 'denominator',
    numerator='case when is_hypertension_treated then records else 0 end',
    denominator='records'
) }}

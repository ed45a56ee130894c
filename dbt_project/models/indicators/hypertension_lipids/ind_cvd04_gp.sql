with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_cholesterol_treated is not null
)

{{ indicator_frame(
    'CVD04_GP', 'denominator',
    numerator='case when is_cholesterol_treated then records else 0 end',
    denominator='records'
) }}

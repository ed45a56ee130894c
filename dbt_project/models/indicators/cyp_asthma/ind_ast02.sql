with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_over_reliant_on_saba is not null
)

{{ indicator_frame(
    'AST02', 'denominator',
    numerator='case when is_over_reliant_on_saba then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_due_a_review_of_saba is not null
)

{{ indicator_frame(
    'AST02_3', 'denominator',
    numerator='case when is_due_a_review_of_saba then records else 0 end',
    denominator='records'
) }}

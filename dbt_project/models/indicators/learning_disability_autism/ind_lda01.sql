with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where has_ld_health_check is not null
)

{{ indicator_frame(
    'LDA01', 'denominator',
    numerator='case when has_ld_health_check then records else 0 end',
    denominator='records'
) }}

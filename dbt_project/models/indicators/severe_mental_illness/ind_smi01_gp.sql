with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where has_all_six_checks is not null
)

{{ indicator_frame(
    'SMI01_GP', 'denominator',
    numerator='case when has_all_six_checks then records else 0 end',
    denominator='records'
) }}

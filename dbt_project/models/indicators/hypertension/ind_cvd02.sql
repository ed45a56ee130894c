with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_bp_high_without_diagnosis is not null
)

{{ indicator_frame(
    'CVD02', 'denominator',
    numerator='case when is_bp_high_without_diagnosis then records else 0 end',
    denominator='records'
) }}

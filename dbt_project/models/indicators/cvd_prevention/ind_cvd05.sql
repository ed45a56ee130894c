with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_anticoagulated is not null
)

{{ indicator_frame(
    'CVD05', 'denominator',
    numerator='case when is_anticoagulated then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where is_on_lipid_lowering_therapy is not null
)

{{ indicator_frame(
    'CVD03_GP', 'denominator',
    numerator='case when is_on_lipid_lowering_therapy then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
)

{{ indicator_frame(
    'DQ01_GP_EXTRACT', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

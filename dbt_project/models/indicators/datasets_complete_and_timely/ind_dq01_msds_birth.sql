with denominator as (
    select *
    from {{ ref('int_birth__cube') }}
)

{{ indicator_frame(
    'DQ01_MSDS_BIRTH', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

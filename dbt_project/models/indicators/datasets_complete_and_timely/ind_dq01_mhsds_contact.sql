with denominator as (
    select *
    from {{ ref('int_mental_health_contact__cube') }}
)

{{ indicator_frame(
    'DQ01_MHSDS_CONTACT', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

with denominator as (
    select *
    from {{ ref('int_mental_health_contact__cube') }}
    where residence_key <> {{ outside_england_residence_key() }}
)

{{ indicator_frame(
    'DQ02_MHSDS_CONTACT', 'denominator',
    numerator='case when residence_key <> ' ~ unknown_residence_key() ~ ' then records else 0 end',
    denominator='records'
) }}

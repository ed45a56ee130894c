with denominator as (
    select *
    from {{ ref('int_outpatient_care__cube') }}
    where appointment_outcome in ('attended in person', 'attended virtually')
)

{{ indicator_frame(
    'DIG02', 'denominator',
    numerator="case when appointment_outcome = 'attended virtually' then records else 0 end",
    denominator='records'
) }}

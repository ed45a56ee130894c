with denominator as (
    select *
    from {{ ref('int_outpatient_care__cube') }}
    where appointment_outcome in ('attended in person', 'attended virtually', 'did not attend')
)

{{ indicator_frame(
    'ELE05_DNA', 'denominator',
    numerator="case when appointment_outcome = 'did not attend' then records else 0 end",
    denominator='records'
) }}

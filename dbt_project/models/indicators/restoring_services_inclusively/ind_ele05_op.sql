with numerator as (
    select *
    from {{ ref('int_outpatient_care__cube') }}
    where appointment_outcome in ('attended in person', 'attended virtually')
)

{{ indicator_frame('ELE05_OP', 'numerator', numerator='records') }}

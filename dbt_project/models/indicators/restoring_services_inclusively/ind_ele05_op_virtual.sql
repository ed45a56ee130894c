with numerator as (
    select *
    from {{ ref('int_outpatient_care__cube') }}
    where appointment_outcome = 'attended virtually'
)

{{ indicator_frame('ELE05_OP_VIRTUAL', 'numerator', numerator='records') }}

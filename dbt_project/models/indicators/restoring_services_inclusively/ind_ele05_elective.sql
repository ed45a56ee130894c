with numerator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
    where is_elective_admission
)

{{ indicator_frame('ELE05_ELECTIVE', 'numerator', numerator='records') }}

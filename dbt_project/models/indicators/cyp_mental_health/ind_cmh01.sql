with numerator as (
    select *
    from {{ ref('int_mental_health_access__cube') }}
)

{{ indicator_frame('CMH01', 'numerator', numerator='people') }}

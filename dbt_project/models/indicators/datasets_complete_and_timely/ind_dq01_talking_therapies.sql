with denominator as (
    select *
    from {{ ref('int_talking_therapies__cube') }}
)

{{ indicator_frame(
    'DQ01_TALKING_THERAPIES', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

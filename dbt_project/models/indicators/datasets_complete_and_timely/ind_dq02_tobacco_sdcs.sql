with denominator as (
    select *
    from {{ ref('int_tobacco_dependence__cube') }}
    where residence_key <> {{ outside_england_residence_key() }}
)

{{ indicator_frame(
    'DQ02_TOBACCO_SDCS', 'denominator',
    numerator='case when residence_key <> ' ~ unknown_residence_key() ~ ' then records else 0 end',
    denominator='records'
) }}

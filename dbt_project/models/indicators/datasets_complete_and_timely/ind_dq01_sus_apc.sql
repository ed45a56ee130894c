with denominator as (
    select *
    from {{ ref('int_admitted_care__cube') }}
)

{{ indicator_frame(
    'DQ01_SUS_APC', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

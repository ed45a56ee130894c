with denominator as (
    select *
    from {{ ref('int_detention__cube') }}
)

{{ indicator_frame(
    'DQ01_MHSDS_DETENTION', 'denominator',
    numerator='case when ' ~ is_ethnicity_recorded() ~ ' then records else 0 end',
    denominator='records'
) }}

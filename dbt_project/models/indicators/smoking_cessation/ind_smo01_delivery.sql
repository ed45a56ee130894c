with mother as (
    select *
    from {{ ref('int_birth__cube') }}
    where smoking_status_of_mother <> 'not counted'
)

{{ indicator_frame(
    'SMO01_DELIVERY', 'mother',
    numerator="case when smoking_status_of_mother = 'smoker' then records else 0 end",
    denominator="case when smoking_status_of_mother <> 'unknown' then records else 0 end"
) }}

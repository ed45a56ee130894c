with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where has_all_eight_processes is not null and diabetes_type = 'type 2 and other'
)

{{ indicator_frame(
    'DIA01_T2', 'denominator',
    numerator='case when has_all_eight_processes then records else 0 end',
    denominator='records'
) }}

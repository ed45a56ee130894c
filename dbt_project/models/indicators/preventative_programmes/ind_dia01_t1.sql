with denominator as (
    select *
    from {{ ref('int_gp_register__cube') }}
    where has_all_eight_processes is not null and diabetes_type = 'type 1'
)

{{ indicator_frame(
    'DIA01_T1', 'denominator',
    numerator='case when has_all_eight_processes then records else 0 end',
    denominator='records'
) }}

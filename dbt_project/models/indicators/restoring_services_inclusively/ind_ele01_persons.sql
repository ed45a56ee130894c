with numerator as (
    select *
    from {{ ref('int_waiting_list__cube') }}
    where is_on_waiting_list
)

{{ indicator_frame('ELE01_PERSONS', 'numerator', numerator='persons') }}

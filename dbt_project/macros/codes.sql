{# Membership of a code list, and the conventions raw values are read by. #}

{# True where the code is in the list, by the list's own match rule, in the part the row came in: rows have source_period. Lists
   are data: reference_data/codes/code_list.csv. #}
{% macro in_code_list(code, code_list_id) -%}
    ({{ code }}, source_period) in (
        select member.code, member.source_period from {{ ref('int_code_list__member') }} as member
        where member.code_list_id = '{{ code_list_id }}'
    )
{%- endmacro %}

{# Whether a list has the code on a day. `list` is a row of code_list. #}
{% macro is_listed_on(list, day) -%}
    ({{ day }} >= {{ list }}.valid_from or {{ list }}.valid_from is null)
        and ({{ day }} <= {{ list }}.valid_to or {{ list }}.valid_to is null)
{%- endmacro %}

{# Text as sent, without surrounding blanks; an empty value is missing. #}
{% macro clean_text(column) -%} nullif(trim({{ column }}), '') {%- endmacro %}

{# HES writes a missing date as 1800-01-01 and an invalid one as 1801-01-01 (HES data dictionary). #}
{% macro hes_date(column) -%}
    case when {{ column }} not in ('1800-01-01', '1801-01-01') then try_cast({{ clean_text(column) }} as date) end
{%- endmacro %}

{# A day sent as text, with or without a time after it. #}
{% macro day_sent(column) -%} try_cast(left({{ clean_text(column) }}, 10) as date) {%- endmacro %}

{% macro oldest_age_in_months() -%} 130 * 12 {%- endmacro %}

{# HES ages: 7001 to 7007 are ages under one year; everything from 90 on is one band; other values are missing. #}
{% macro hes_age(column) -%}
    case
        when try_cast({{ column }} as double) between 7001 and 7007 then cast(0 as smallint)
        when try_cast({{ column }} as double) between 0 and 130
            then cast(least(floor(try_cast({{ column }} as double)), 90) as smallint)
    end
{%- endmacro %}

{# Age groups of the cubes: single years to 19, because indicators cut the band 15-19, then five-year bands to 90 and over.
   The value is the first age of the group; -1 stands for an unknown age. #}
{% macro age_from(age) -%}
    cast(case
        when {{ age }} is null then -1
        when {{ age }} < 20 then {{ age }}
        when {{ age }} >= 90 then 90
        else floor({{ age }} / 5) * 5
    end as smallint)
{%- endmacro %}

{# The standard band of each age that age_from gives: looked up by equality, for a join by range costs as much as the roll-up. #}
{% macro band_of_age() -%}
    select
        cast(ages.age_from as smallint) as age_from,
        band.band_order
    from unnest(range(91)) as ages (age_from)
    inner join {{ ref('standard_population') }} as band
        on ages.age_from >= band.age_from and (ages.age_from <= band.age_to or band.age_to is null)
{%- endmacro %}

{# First character of a code of one or two decides, so that words such as "Not known" are none; X, 9 and 99, legacy digits and blanks are not known, Z (not stated) stays a value of its own. #}
{% macro ethnic_category(column) -%}
    coalesce(
        case
            when length(trim({{ column }})) <= 2 and upper(left(trim({{ column }}), 1)) in (
                'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'Z'
            ) then upper(left(trim({{ column }}), 1))
        end,
        'unknown'
    )
{%- endmacro %}

{# Services for children and young people are for people under 18. #}
{% macro first_age_of_adults() -%} 18 {%- endmacro %}

{# A flag sent as True or False, in any case; anything else is false. #}
{% macro is_flagged(column) -%} coalesce(upper(trim({{ column }})) = 'TRUE', false) {%- endmacro %}

{% macro known_sex(column) -%}
    case when trim({{ column }}) in ('1', '2') then trim({{ column }}) else 'unknown' end
{%- endmacro %}

{# Columns of the diagnoses after the first: diagnosis_02_code to diagnosis_20_code. #}
{% macro secondary_diagnosis_columns() -%}
    {%- set columns = [] -%}
    {%- for number in range(2, 21) -%}
        {%- do columns.append('diagnosis_%02d_code' % number) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{# Codes in any of the columns, without dots and blanks and each after a bar, such as |Y906|X619; missing where there is none.
   One text, so that a list is looked up once a record and not once a column. `letters` are the first letters that count. #}
{% macro codes_in_one_text(columns, letters=none) -%}
    nullif(
        {%- for column in columns %}
        coalesce('|' || case
            when {% if letters %}upper(left(trim({{ column }}), 1)) in ('{{ letters | join("', '") }}'){% else %}trim({{ column }}) <> ''{% endif %}
                then upper(replace(replace(trim({{ column }}), '.', ''), ' ', ''))
        end, ''){{ ' ||' if not loop.last }}
        {%- endfor %},
        ''
    )
{%- endmacro %}

{# External causes: ICD-10 chapter XX, V01 to Y98. #}
{% macro external_cause_codes(columns) -%} {{ codes_in_one_text(columns, ['V', 'W', 'X', 'Y']) }} {%- endmacro %}

{# Whether such a text has a code of the list, a row of code_list. #}
{% macro has_listed_code(codes, list) -%}
    ({{ list }}.match_rule = 'exact' and {{ codes }} || '|' like '%|' || {{ list }}.code || '|%')
        or ({{ list }}.match_rule = 'prefix' and {{ codes }} like '%|' || {{ list }}.code || '%')
{%- endmacro %}

{# Whether an episode has no diagnosis: none was sent, or R69 (unknown and unspecified causes of morbidity), which stands for one
   that was not coded [K]. #}
{% macro is_not_coded(code) -%} (coalesce({{ code }}, '') = '' or left({{ code }}, 3) = 'R69') {%- endmacro %}

{#- What the published tables held when they were measured, so that the gate can tell whether they still are what the
    measures are about. -#}
{{ config(tags=['publication']) }}
with final as (
    {% for table in ['pub_indicator_value', 'pub_indicator_inequality', 'pub_indicator_trend', 'pub_indicator', 'pub_area', 'pub_data_quality', 'pub_feed_timeliness', 'pub_release'] -%}
    select
        '{{ table[4:] }}' as table_name,
        count(*) as row_count,
        {# A sum, for equal rows would cancel out under xor; exact and without order. #}
        cast(coalesce(sum(hash(content)), 0) as varchar) as fingerprint
    from {{ ref(table) }} as content
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select * from final

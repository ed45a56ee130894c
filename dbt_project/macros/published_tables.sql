{# The published tables: each is stamped, fingerprinted and exported. #}
{% macro published_tables() -%}
    {{ return([
        'indicator_value', 'indicator_inequality', 'indicator_trend', 'indicator', 'area', 'imd_churn', 'data_quality',
        'feed_timeliness', 'ethnicity_origin', 'data_quality_item', 'data_quality_score', 'release',
    ]) }}
{%- endmacro %}

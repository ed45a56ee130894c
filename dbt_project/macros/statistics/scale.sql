{# Scales on which values are nearly normal and their slopes straight: log for rates, logit for proportions, identity for
   the rest. `scale` is an SQL expression that gives 'log', 'logit' or 'identity'. A value outside the open range of its
   scale (a rate of zero, a proportion of zero or one) gives NULL. #}

{% macro to_scale(value, scale) -%}
    case {{ scale }}
        when 'log' then case when {{ value }} > 0e0 then ln({{ value }}) end
        when 'logit' then
            case when {{ value }} > 0e0 and {{ value }} < 1e0 then ln({{ value }} / (1e0 - {{ value }})) end
        when 'identity' then {{ value }}
    end
{%- endmacro %}

{% macro from_scale(value, scale) -%}
    case {{ scale }}
        when 'log' then exp({{ value }})
        when 'logit' then 1e0 / (1e0 + exp(-({{ value }})))
        when 'identity' then {{ value }}
    end
{%- endmacro %}

{# Standard error on the scale from 95 % limits. #}
{% macro error_on_scale(lower_95, upper_95, scale) -%}
    ({{ to_scale(upper_95, scale) }} - {{ to_scale(lower_95, scale) }}) / (2e0 * {{ z_score('95') }})
{%- endmacro %}

{# Mean, standard deviation and third central moment of the value itself when it is normal on its scale: delta method to
   the second order. With v = p (1 - p) and s the error on the logit: mean p + v (1 - 2p) s^2 / 2, variance
   v^2 s^2 (1 + ((1 - 2p)^2 / 2 + 1 - 6v) s^2), third moment 3 v^3 (1 - 2p) s^4. None for a rate: with
   small counts it is too skew for a symmetric error, so a slope of untransformed rates has no limits. #}
{% macro natural_mean(value, error, scale) -%}
    case {{ scale }}
        when 'logit' then
            {{ value }} + {{ value }} * (1e0 - {{ value }}) * (1e0 - 2e0 * {{ value }}) * power({{ error }}, 2) / 2e0
        when 'identity' then {{ value }}
    end
{%- endmacro %}

{% macro natural_error(value, error, scale) -%}
    case {{ scale }}
        when 'logit' then {{ error }} * {{ value }} * (1e0 - {{ value }}) * sqrt(greatest(0e0,
            1e0
            + (power(1e0 - 2e0 * {{ value }}, 2) / 2e0 + 1e0 - 6e0 * {{ value }} * (1e0 - {{ value }})) * power({{ error }}, 2)
        ))
        when 'identity' then {{ error }}
    end
{%- endmacro %}

{% macro natural_third_moment(value, error, scale) -%}
    case {{ scale }}
        when 'logit' then
            3e0 * power({{ value }} * (1e0 - {{ value }}), 3) * (1e0 - 2e0 * {{ value }}) * power({{ error }}, 4)
        when 'identity' then 0e0
    end
{%- endmacro %}

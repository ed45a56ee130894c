{# Quantile of Student's t, for limits of a mean and of a fitted line.
   Formula: up to 400 degrees of freedom the finite series of the distribution (Abramowitz and Stegun 26.7.3 and 26.7.4),
   solved by Newton steps from the normal quantile; above, the Cornish-Fisher expansion (26.7.5), then exact to 1e-11.
   `degrees` is an integer expression; below one there is no quantile and the value is NULL. #}

{% macro student_series_up_to() -%} 400 {%- endmacro %}

{# Newton steps: one degree of freedom has the longest way from the normal quantile and needs eleven. #}
{% macro student_steps() -%} 14 {%- endmacro %}

{# Probability that |t| stays below the value, from its angle. #}
{% macro student_two_sided(t, degrees) -%}
    {%- set angle = "atan(" ~ t ~ " / sqrt(" ~ degrees ~ "))" -%}
    {%- set steps = "range(cast(" ~ degrees ~ " as bigint) - 2, 1, -2)" -%}
    {%- set series = "list_reduce(" ~ steps ~ ", lambda series_sum, term: 1e0 + series_sum * (term - 1) / term * power(cos("
        ~ angle ~ "), 2), 1e0)" -%}
    case
        when {{ degrees }} = 1 then 2e0 / pi() * {{ angle }}
        when cast({{ degrees }} as bigint) % 2 = 1
            then 2e0 / pi() * ({{ angle }} + sin({{ angle }}) * cos({{ angle }}) * {{ series }})
        else sin({{ angle }}) * {{ series }}
    end
{%- endmacro %}

{% macro student_density(t, degrees) -%}
    exp(
        lgamma(({{ degrees }} + 1e0) / 2e0) - lgamma({{ degrees }} / 2e0)
        - ({{ degrees }} + 1e0) / 2e0 * ln(1e0 + {{ t }} * {{ t }} / {{ degrees }})
    ) / sqrt({{ degrees }} * pi())
{%- endmacro %}

{% macro student_quantile(degrees, level) -%}
    {%- set n = "cast(" ~ degrees ~ " as double)" -%}
    {%- set z = z_score(level) -%}
    case
        when {{ degrees }} between 1 and {{ student_series_up_to() }} then list_reduce(
            range({{ student_steps() }}),
            lambda newton_t, step: newton_t + (1e0 - 2e0 * {{ tail_probability(level) }} - ({{ student_two_sided('newton_t', n) }}))
                / (2e0 * {{ student_density('newton_t', n) }}),
            {{ z }}
        )
        when {{ degrees }} > {{ student_series_up_to() }} then
            {{ z }}
            + (power({{ z }}, 3) + {{ z }}) / (4e0 * {{ n }})
            + (5e0 * power({{ z }}, 5) + 16e0 * power({{ z }}, 3) + 3e0 * {{ z }}) / (96e0 * power({{ n }}, 2))
            + (3e0 * power({{ z }}, 7) + 19e0 * power({{ z }}, 5) + 17e0 * power({{ z }}, 3) - 15e0 * {{ z }})
                / (384e0 * power({{ n }}, 3))
            + (79e0 * power({{ z }}, 9) + 776e0 * power({{ z }}, 7) + 1482e0 * power({{ z }}, 5) - 1920e0 * power({{ z }}, 3)
                - 945e0 * {{ z }}) / (92160e0 * power({{ n }}, 4))
    end
{%- endmacro %}

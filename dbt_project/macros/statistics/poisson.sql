{# Exact Poisson limits of a count that need not be an integer (weighted or apportioned events), and of any size.
   Formula: half a chi-square quantile, which is a gamma quantile: lower G(tail; O), upper G(1 - tail; O + 1).
   Source: Garwood (1936); OHID PHEindicatormethods phe_rate (chi-square with non-integer degrees of freedom).
   No quantile function is in the database, so the equation is solved here by Newton steps on its logarithm:
   ln P(a, x) = a ln x - x - lgamma(a + 1) + ln S with S = 1 + x/(a+1) (1 + x/(a+2) (1 + ...)), and the complement for the
   upper tail. Both logarithms are concave, so the steps cannot run away. Integer counts below ten have the cheaper seed.
   `terms` is the length of the series S: 100 are enough below ten events, 2 * O + 200 for more. #}

{% macro gamma_series(shape, x, terms) -%}
    list_reduce(range({{ terms }}, 0, -1), lambda series_sum, term: 1e0 + series_sum * {{ x }} / ({{ shape }} + term), 1e0)
{%- endmacro %}

{# ln P(shape, x), and the derivative of ln P by ln x is shape / S. #}
{% macro log_gamma_cdf(shape, x, terms) -%}
    ({{ shape }} * ln({{ x }}) - {{ x }} - lgamma({{ shape }} + 1e0) + ln({{ gamma_series(shape, x, terms) }}))
{%- endmacro %}

{# Newton steps: the limits of 0.001 to 400 events are exact to 4e-12 after seven. #}
{% macro poisson_steps() -%} 8 {%- endmacro %}

{% macro poisson_limit_exact(events, level, side, terms=100) -%}
    {%- set tail = tail_probability(level) -%}
    {%- if side == 'lower' -%}
    {%- set a = "cast(" ~ events ~ " as double)" -%}
    case
        when {{ events }} = 0 then 0e0
        when {{ events }} > 0 then exp(list_reduce(
            range({{ poisson_steps() }}),
            lambda log_limit, step: log_limit + (ln({{ tail }}) - {{ log_gamma_cdf(a, 'exp(log_limit)', terms) }})
                * {{ gamma_series(a, 'exp(log_limit)', terms) }} / {{ a }},
            {# A lower bound of the root: P(a, x) is below x^a / gamma(a + 1). #}
            (ln({{ tail }}) + lgamma({{ a }} + 1e0)) / {{ a }}
        ))
    end
    {%- else -%}
    {%- set a = "(cast(" ~ events ~ " as double) + 1e0)" -%}
    case when {{ events }} >= 0 then list_reduce(
        range({{ poisson_steps() }}),
        {# d ln Q / dx is minus the density over Q. #}
        lambda newton_limit, step: newton_limit + (ln(1e0 - exp({{ log_gamma_cdf(a, 'newton_limit', terms) }})) - ln({{ tail }}))
            * (1e0 - exp({{ log_gamma_cdf(a, 'newton_limit', terms) }}))
            / exp(({{ a }} - 1e0) * ln(newton_limit) - newton_limit - lgamma({{ a }})),
        {# Byar's limit is already close. #}
        {{ byar_limit(events, level, 'upper') }}
    ) end
    {%- endif -%}
{%- endmacro %}

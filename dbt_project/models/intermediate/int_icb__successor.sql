{#- ICBs began in 2022 and were merged once, in April 2026. -#}
{{ successors('icb', ['icb'], successions=1) }}

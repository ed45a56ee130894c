{#- A CCG or sub-ICB location was merged three times at most since 2013. -#}
{{ successors('sub_icb', ['sub_icb', 'icb'], successions=3) }}

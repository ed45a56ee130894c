with final as (
    {{ lsoa_key_table() }}
)

select * from final

{{ published_counts('national_audit', 'stg_national_audit__counts') }}

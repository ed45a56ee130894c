{{ published_counts('lda_inpatient', 'stg_lda_inpatient__counts') }}

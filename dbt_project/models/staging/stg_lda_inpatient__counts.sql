{{ copied_counts('lda_inpatient') }}

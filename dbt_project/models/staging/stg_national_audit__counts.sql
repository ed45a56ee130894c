{{ copied_counts('national_audit') }}

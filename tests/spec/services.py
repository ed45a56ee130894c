"""The usual record of each monthly feed of services, in March 2026.

Belongs here: a record that counts in the indicators on its feed, field by field. Does not belong here: what is right.
"""

from __future__ import annotations

PERSON = {"provider_code": "RAA", "ethnic_category_code": "A", "period_start_date": "2026-03-01"}

# A course that finished on 20 March, at caseness, without recovery, after a wait of 10 days.
COURSE = {
    **PERSON, "referral_date": "2025-10-01", "first_therapy_date": "2025-10-11", "discharge_date": "2026-03-20",
    "completed_treatment_flag": "True", "not_caseness_flag": "False", "recovery_flag": "False",
    "reliable_improvement_flag": "False", "age": "40", "sex_code": "2",
}  # fmt: skip

SERVICES: dict[str, dict[str, str]] = {"talking_therapies": COURSE}

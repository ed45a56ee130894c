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

# A live baby born alone at 40+0 weeks.
BABY = {
    **PERSON, "birth_date": "2026-03-20", "gestation_days": "280", "pregnancy_outcome_code": "01",
    "births_in_delivery": "1", "smoking_status_at_delivery": "Non-Smoker / Ex-Smoker", "age": "30",
}  # fmt: skip

# Booked at 10+0 weeks on 1 November 2025, so at 29+0 weeks on 14 March 2026, with a pathway planned in January.
PREGNANCY = {
    **PERSON, "booking_date": "2025-11-01", "gestation_at_booking_days": "70", "care_plan_date": "2026-01-10",
    "care_plan_type_code": "05", "continuity_pathway_indicator": "Y", "care_professional_id": "M1",
    "care_team_id": "T1", "age": "30",
}  # fmt: skip

# An attended contact with the midwife and team of such a plan; the period is that of the month.
MIDWIFE = {
    **PERSON, "source_table": "MSD202", "contact_date": "2026-03-20", "attend_code": "5", "staff_group_code": "05",
    "care_professional_id": "M1", "care_team_id": "T1", "age": "30",
}  # fmt: skip

# An acute inpatient of two nights who was referred and not seen.
SMOKER = {
    **PERSON, "setting": "acute_inpatient", "identified_date": "2026-03-20", "nights_of_stay": "2",
    "referral_date": "2026-03-21", "age": "50", "sex_code": "1",
}  # fmt: skip

# An attended contact face to face.
CONTACT = {
    **PERSON, "person_id": "somebody", "source_table": "MHS201", "contact_date": "2026-03-20",
    "attend_status_code": "5", "mechanism_code": "01", "age": "12", "sex_code": "2",
}  # fmt: skip

# Detained for assessment on the day of admission.
DETENTION = {
    **PERSON, "legal_status_code": "02", "status_start_date": "2026-03-20", "spell_start_date": "2026-03-20",
    "age": "40", "sex_code": "1",
}  # fmt: skip

SERVICES: dict[str, dict[str, str]] = {
    "talking_therapies": COURSE, "msds_birth": BABY, "msds_booking": PREGNANCY, "msds_contact": MIDWIFE,
    "tobacco_sdcs": SMOKER, "mhsds_contact": CONTACT, "mhsds_detention": DETENTION,
}  # fmt: skip

"""Landing: find, verify and load deliveries as text, count rejects, keep the ledger.

Belongs here: everything between a supplier's file and a raw part. Does not belong here: types, joins and meaning
(staging, in dbt), and whether data are complete or plausible (the gate).
"""

from pipeline.landing.discover import landing_files
from pipeline.landing.faults import LandingError, Reason, RowReason
from pipeline.landing.land import check_file, land
from pipeline.landing.ledger import ActivePart, DeliveryRecord, PeriodChange, active_parts, deliveries, period_changes
from pipeline.landing.report import FileJudgement, LandingReport, Outcome
from pipeline.landing.resolve import Verdict

__all__ = [
    "ActivePart",
    "DeliveryRecord",
    "FileJudgement",
    "LandingError",
    "LandingReport",
    "Outcome",
    "PeriodChange",
    "Reason",
    "RowReason",
    "Verdict",
    "active_parts",
    "check_file",
    "deliveries",
    "land",
    "landing_files",
    "period_changes",
]

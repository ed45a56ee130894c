"""Tell people what came of a night: alerts by webhook and e-mail, letters to submitters, the report to monitors.

Belongs here: wording, sending, and what is said when a channel is broken. Does not belong here: what came of the night
(`orchestration`), and any row value: everything said is made of rules, counts, submitters and reasons.
"""

from pipeline.telling.channels import Sent, send
from pipeline.telling.letters import letter_folder, write_letters
from pipeline.telling.news import News
from pipeline.telling.report import report_folder, write_report

__all__ = ["News", "Sent", "letter_folder", "report_folder", "send", "write_letters", "write_report"]

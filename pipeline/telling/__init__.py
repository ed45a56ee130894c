"""Tell people what came of a night: alerts to a webhook and by e-mail, letters to submitters.

Belongs here: wording, sending, and what is said when a channel is broken. Does not belong here: what came of the night
(`orchestration`), and any row value: everything said is made of rules, counts, submitters and reasons.
"""

from pipeline.telling.channels import Sent, send
from pipeline.telling.letters import letter_folder, write_letters
from pipeline.telling.news import News

__all__ = ["News", "Sent", "letter_folder", "send", "write_letters"]

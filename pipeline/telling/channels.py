"""Send an alert by webhook and by e-mail; a broken channel is an answer, never an exception.

Belongs here: the forms of Slack and Teams, SMTP, and reasons that hold no address and no secret. Does not belong here:
when something is said (`orchestration`) and what (`news`).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import httpx

from pipeline.settings import Settings
from pipeline.telling.news import News

_SECONDS = 20.0


@dataclass(frozen=True)
class Sent:
    """What one channel did; `problem` is blank where the message was taken."""

    channel: str
    problem: str = ""


def send(settings: Settings, news: News) -> list[Sent]:
    """Send to every channel that is set up, each on its own; never raises."""
    sent: list[Sent] = []
    webhook = settings.alert_webhook
    if webhook is not None:
        sent.append(_try("webhook", lambda: _post(webhook.get_secret_value(), settings.alerts.webhook_form, news)))
    if settings.alerts.mail_to:
        sent.append(_try("e-mail", lambda: _mail(settings, news)))
    return sent


def _try(name: str, channel: Callable[[], None]) -> Sent:
    try:
        channel()
    except httpx.HTTPStatusError as error:
        return Sent(name, f"it answered HTTP {error.response.status_code}")
    except smtplib.SMTPResponseException as error:
        return Sent(name, f"the server answered {error.smtp_code}")
    except Exception as error:
        # The message of a foreign error may quote the address, which is a secret.
        return Sent(name, f"it cannot be reached ({type(error).__name__})")
    return Sent(name)


def _post(address: str, form: str, news: News) -> None:
    response = httpx.post(address, json=_FORMS[form](news), timeout=_SECONDS, follow_redirects=False)
    response.raise_for_status()


def _slack(news: News) -> dict[str, Any]:
    """Incoming webhook of Slack: https://api.slack.com/messaging/webhooks."""
    text = "\n".join(
        [f"*{_escaped(news.title)}*", *(_escaped(line) for line in news.lines), f"<{news.link}|Dagster UI>"]
    )
    return {"text": text}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(news: News) -> dict[str, Any]:
    """Workflow webhook of Teams: an adaptive card, https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors."""
    lines = [{"type": "TextBlock", "text": line, "wrap": True} for line in news.lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": news.title, "weight": "bolder", "size": "medium", "wrap": True}, *lines],
        "actions": [{"type": "Action.OpenUrl", "title": "Dagster UI", "url": news.link}],
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        ],
    }


_FORMS: dict[str, Callable[[News], dict[str, Any]]] = {"slack": _slack, "teams": _teams}


def _mail(settings: Settings, news: News) -> None:
    alerts = settings.alerts
    message = EmailMessage()
    message["Subject"] = news.title
    message["From"] = str(alerts.mail_from)
    message["To"] = ", ".join(alerts.mail_to)
    message.set_content("\n".join([*news.lines, "", news.link, ""]))
    with smtplib.SMTP(str(alerts.smtp_host), alerts.smtp_port, timeout=_SECONDS) as server:
        if alerts.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if alerts.smtp_user is not None and settings.smtp_password is not None:
            server.login(alerts.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)

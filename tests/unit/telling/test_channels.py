"""Alerts reach real servers in their forms, and a broken channel is an answer without its address.

Belongs here: what goes over the wire. Does not belong here: when something is said.
"""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from pipeline.settings import Alerts, Settings
from pipeline.telling import News, Sent, send
from tests.faults.listed import fault
from tests.unit.telling.servers import mail_server, webhook

NEWS = News(
    kind="held",
    release_id="20260901-aaaaaaaaaaaa",
    findings=("ecds: rule <rows> failed & holds everything.",),
    submitters=("ecds, submitter_present: ZT9",),
    problems=("  ecds: august.csv was not taken (rejected, not_csv).",),
    link="http://127.0.0.1:3000",
    is_synthetic=False,
)


def settings(home: Path, url: str | None = None, password: str | None = None, **alerts: Any) -> Settings:
    return Settings(
        home=home,
        alerts=Alerts(**alerts),
        alert_webhook=SecretStr(url) if url else None,
        smtp_password=SecretStr(password) if password else None,
    )


def test_without_channels_nothing_is_sent(tmp_path: Path) -> None:
    assert send(settings(tmp_path), NEWS) == []


def test_slack_takes_one_text_with_its_signs_escaped(tmp_path: Path) -> None:
    with webhook() as received:
        assert send(settings(tmp_path, received.url), NEWS) == [Sent("webhook")]
    (body,) = received.bodies
    assert body["text"].splitlines() == [
        "*Core20 night held: nothing was published*",
        "Release 20260901-aaaaaaaaaaaa is current.",
        "ecds: rule &lt;rows&gt; failed &amp; holds everything.",
        "ecds, submitter_present: ZT9",
        "ecds: august.csv was not taken (rejected, not_csv).",
        "<http://127.0.0.1:3000|Dagster UI>",
    ]


def test_teams_takes_an_adaptive_card(tmp_path: Path) -> None:
    with webhook(status=202) as received:
        assert send(settings(tmp_path, received.url, webhook_form="teams"), NEWS) == [Sent("webhook")]
    (body,) = received.bodies
    (attachment,) = body["attachments"]
    card = attachment["content"]
    assert (body["type"], attachment["contentType"], card["type"]) == (
        "message", "application/vnd.microsoft.card.adaptive", "AdaptiveCard",
    )  # fmt: skip
    assert [block["text"] for block in card["body"]] == [NEWS.title, *NEWS.lines]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Dagster UI", "url": "http://127.0.0.1:3000"}]


def test_mail_reaches_everybody_named(tmp_path: Path) -> None:
    with mail_server() as received:
        sent = send(
            settings(
                tmp_path, smtp_host="127.0.0.1", smtp_port=received.port, smtp_security="none",
                mail_from="core20@example.org", mail_to=("a@example.org", "b@example.org"),
            ),
            NEWS,
        )  # fmt: skip
    assert sent == [Sent("e-mail")]
    message = email.message_from_string(received.bodies[0], policy=email.policy.default)
    assert (message["Subject"], message["To"]) == (NEWS.title, "a@example.org, b@example.org")
    assert message.get_content().splitlines() == [*NEWS.lines, "", NEWS.link]


@fault(
    "process: broken alert channel",
    "the webhook cannot be reached",
    "said without its address; the e-mail is still sent",
)
@fault(
    "leaks: secrets in the environment",
    "the webhook cannot be reached, and its address is a secret",
    "it is not in what is said",
    "no canary",
)
def test_a_broken_channel_says_so_without_its_address_and_the_other_still_sends(tmp_path: Path) -> None:
    with webhook(status=500) as hook, mail_server() as post:
        both = settings(
            tmp_path, hook.url, smtp_host="127.0.0.1", smtp_port=post.port, smtp_security="none",
            mail_from="core20@example.org", mail_to=("a@example.org",),
        )  # fmt: skip
        assert send(both, NEWS) == [Sent("webhook", "it answered HTTP 500"), Sent("e-mail")]
        url = hook.url
    (gone,) = send(settings(tmp_path, url), NEWS)
    assert gone == Sent("webhook", "it cannot be reached (ConnectError)")


@fault(
    "process: broken alert channel", "the mail server refuses, or cannot encrypt", "said; nothing is sent in the clear"
)
def test_a_mail_server_that_refuses_or_cannot_encrypt_is_a_broken_channel(tmp_path: Path) -> None:
    mail: dict[str, Any] = {"smtp_host": "127.0.0.1", "mail_from": "core20@example.org", "mail_to": ("a@example.org",)}
    with mail_server(refuses=True) as received:
        refused = send(settings(tmp_path, smtp_port=received.port, smtp_security="none", **mail), NEWS)
    assert refused == [Sent("e-mail", "the server answered 554")]
    with mail_server() as received:
        plain = send(settings(tmp_path, smtp_port=received.port, password="hunter2-canary", **mail), NEWS)
    assert plain == [Sent("e-mail", "it cannot be reached (SMTPNotSupportedError)")]
    assert received.bodies == []


def test_a_long_list_is_cut_and_says_how_much_is_left_out() -> None:
    long = News("degraded", "", tuple(f"finding {number}" for number in range(25)), (), (), "", is_synthetic=True)
    assert long.lines[0] == "There is no release yet."
    assert long.lines[-2:] == ["finding 19", "And 5 more."]
    assert long.title.endswith("(fictional country)")

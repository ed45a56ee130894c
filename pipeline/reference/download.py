"""Bring one file over: from an address, resumably, or from a folder.

Belongs here: HTTP, what a retry can cure, Range, the partial file and what it was a part of. Does not belong here:
whether the content is the right one (`fetch`), paged services (`arcgis`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from pipeline.reference.read import MAX_CONTENT_BYTES
from pipeline.reference.sources import ReferenceError_

_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class FetchPolicy:
    """How patient the fetcher is: attempts in all, first pause (doubled each time) and time-outs in seconds."""

    attempts: int = 4
    first_pause: float = 1.0
    longest_pause: float = 60.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


class Passing(ReferenceError_):
    """A failure that another attempt may cure (time-out, cut connection, 429, 5xx)."""

    def __init__(self, message: str, pause: float = 0.0) -> None:
        super().__init__(message)
        self.pause = pause


@dataclass(frozen=True)
class Downloaded:
    """The partial file now whole, the server's validators, and whether an older part was continued."""

    etag: str = ""
    last_modified: str = ""
    resumed: bool = False
    unchanged: bool = False


def client(policy: FetchPolicy) -> httpx.Client:
    """An HTTP client that asks for unencoded bytes, so that offsets and lengths are those of the file."""
    timeout = httpx.Timeout(policy.read_timeout, connect=policy.connect_timeout)
    return httpx.Client(timeout=timeout, follow_redirects=True, headers={"Accept-Encoding": "identity"})


def retrying(policy: FetchPolicy) -> Retrying:
    """Retries of passing failures only, with doubling pauses, never shorter than the server asked for."""

    def pause(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause if isinstance(error, Passing) else 0.0
        doubled: float = policy.first_pause * 2 ** (state.attempt_number - 1)
        return float(min(policy.longest_pause, max(asked, doubled)))

    return Retrying(
        stop=stop_after_attempt(policy.attempts), wait=pause, retry=retry_if_exception_type(Passing), reraise=True
    )


def check_status(response: httpx.Response, url: str) -> None:
    """Raises Passing for what may pass (429, 5xx), ReferenceError_ for what will not (404, 403 ...)."""
    status = response.status_code
    if status in _RETRIED_STATUS:
        asked = response.headers.get("Retry-After", "")
        raise Passing(f"{url}: the server answered {status}", float(asked) if asked.isdigit() else 0.0)
    if status not in (200, 206):
        raise ReferenceError_(f"{url}: the server answered {status}")
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise ReferenceError_(f"{url}: the server sent a web page, not the file; the address may have moved")


def download(http: httpx.Client, url: str, part: Path, policy: FetchPolicy, known: dict[str, str]) -> Downloaded:
    """Bring `url` into `part`, continuing what is there. `known` holds etag and last_modified of the present copy.

    Raises ReferenceError_ (Passing after the last attempt) and leaves the part for the next run to continue.
    """
    for attempt in retrying(policy):
        with attempt:
            return _attempt(http, url, part, known)
    raise AssertionError("unreachable: retrying either returns or raises")


def forget_part(part: Path) -> None:
    """Remove a partial file and the note of what it was a part of."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _attempt(http: httpx.Client, url: str, part: Path, known: dict[str, str]) -> Downloaded:
    headers = _range_headers(part, url)
    resuming = bool(headers)
    if not resuming:
        if known.get("etag"):
            headers["If-None-Match"] = known["etag"]
        if known.get("last_modified"):
            headers["If-Modified-Since"] = known["last_modified"]
    try:
        with http.stream("GET", url, headers=headers) as response:
            if response.status_code == 304 and not resuming:
                return Downloaded(known.get("etag", ""), known.get("last_modified", ""), unchanged=True)
            if response.status_code == 416:
                forget_part(part)
                raise Passing(f"{url}: the part kept from before does not fit the file any more")
            check_status(response, url)
            resumed = _starts_at(response, url, part)
            return _receive(response, url, part, resumed)
    except httpx.TimeoutException:
        raise Passing(f"{url}: the server did not answer in time") from None
    except httpx.UnsupportedProtocol:
        raise ReferenceError_(f"{url}: is not an http or https address") from None
    except httpx.TransportError as error:
        raise Passing(f"{url}: the connection failed or broke off ({type(error).__name__})") from None
    except httpx.HTTPError as error:
        raise ReferenceError_(f"{url}: cannot be fetched ({type(error).__name__})") from None


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _range_headers(part: Path, url: str) -> dict[str, str]:
    """Range headers when the part is of this address and the server named its version; otherwise none."""
    if not part.is_file() or part.stat().st_size == 0:
        return {}
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        note = {}
    etag = note.get("etag", "")
    validator = note.get("last_modified") if etag.startswith("W/") else etag or note.get("last_modified")
    if note.get("url") != url or not validator:
        forget_part(part)  # nothing says that the rest would belong to the same version
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": validator}


def _starts_at(response: httpx.Response, url: str, part: Path) -> bool:
    """True when the answer continues the part. A server that ignores Range answers 200 from the start."""
    if response.status_code != 206:
        return False
    begins = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-", 1)[0]
    if not part.is_file() or begins != str(part.stat().st_size):
        forget_part(part)
        raise Passing(f"{url}: the server continued at another place than asked")
    return True


def _receive(response: httpx.Response, url: str, part: Path, resumed: bool) -> Downloaded:
    etag = response.headers.get("ETag", "")
    last_modified = response.headers.get("Last-Modified", "")
    note = {"url": url, "etag": etag, "last_modified": last_modified}
    _note(part).write_text(json.dumps(note), encoding="utf-8")
    size = part.stat().st_size if resumed else 0
    with part.open("ab" if resumed else "wb") as out:
        # As received: a chunk size would hold bytes back, and they would be lost when the connection breaks.
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > MAX_CONTENT_BYTES:
                raise ReferenceError_(f"{url}: sends more than {MAX_CONTENT_BYTES >> 20} MB")
            out.write(chunk)
    return Downloaded(etag, last_modified, resumed)

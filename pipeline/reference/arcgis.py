"""ONS Open Geography tables, which are served page by page, as one CSV.

Belongs here: paging through a FeatureServer layer's `query` address and writing its attributes as CSV.
Does not belong here: what the columns mean (`layouts`), retries of one request (`download`).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx

from pipeline.reference.download import FetchPolicy, Passing, check_status, retrying
from pipeline.reference.sources import ReferenceError_

_PAGE = 1000  # every ONS layer allows at least this many records an answer
_MOST_PAGES = 1000
_INTERNAL_TYPES = frozenset({"esriFieldTypeOID", "esriFieldTypeGlobalID", "esriFieldTypeGeometry"})


def is_layer(url: str) -> bool:
    """Whether an address is a FeatureServer layer (…/FeatureServer/0), to be paged and not downloaded."""
    return "/FeatureServer/" in url


def download_layer(http: httpx.Client, url: str, part: Path, policy: FetchPolicy) -> None:
    """Write all records of a layer to `part` as CSV, ordered by the layer's object id, internal columns left out.

    Raises ReferenceError_ when a page fails or pages do not have the same fields.
    """
    rows: list[list[str]] = []
    names: list[str] = []
    order = _object_id(_page(http, url, {"f": "json"}, policy), url)
    for _ in range(_MOST_PAGES):
        answer = _page(
            http,
            url.rstrip("/") + "/query",
            {
                "where": "1=1",
                "outFields": "*",
                "returnGeometry": "false",
                "orderByFields": order,
                "resultOffset": str(len(rows)),  # servers may send fewer than asked
                "resultRecordCount": str(_PAGE),
                "f": "json",
            },
            policy,
        )
        features = answer.get("features", [])
        if features:
            fields = [f["name"] for f in answer.get("fields", []) if f.get("type") not in _INTERNAL_TYPES]
            names = names or fields
            if fields != names:
                raise ReferenceError_(f"{url}: pages have different columns")
            rows.extend([_text(f["attributes"].get(name)) for name in names] for f in features)
        if not features or not answer.get("exceededTransferLimit"):
            break
    else:
        raise ReferenceError_(f"{url}: has more than {_MOST_PAGES * _PAGE:,} records")
    if not rows:
        raise ReferenceError_(f"{url}: the layer has no records")
    with part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def _object_id(description: dict[str, Any], url: str) -> str:
    for item in description.get("fields") or []:
        if item.get("type") == "esriFieldTypeOID":
            return str(item["name"])
    raise ReferenceError_(f"{url}: the layer does not say what its object id is, so pages cannot be ordered")


def _page(http: httpx.Client, url: str, parameters: dict[str, str], policy: FetchPolicy) -> dict[str, Any]:
    for attempt in retrying(policy):
        with attempt:
            try:
                response = http.get(url, params=parameters)
            except httpx.TimeoutException:
                raise Passing(f"{url}: the server did not answer in time") from None
            except httpx.TransportError as error:
                raise Passing(f"{url}: the connection failed or broke off ({type(error).__name__})") from None
            check_status(response, url)
            try:
                answer = response.json()
            except ValueError:
                raise ReferenceError_(f"{url}: did not answer with JSON") from None
            if not isinstance(answer, dict) or "error" in answer:
                raise ReferenceError_(f"{url}: the service reported an error")
            return answer
    raise AssertionError("unreachable: retrying either returns or raises")


def _text(value: object) -> str:
    return "" if value is None else str(value)

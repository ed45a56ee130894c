"""The fetcher against a real HTTP server on loopback that misbehaves as real ones do."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.reference import FetchPolicy, FetchReport, fetch_reference
from pipeline.reference.sources import TABLE_COLUMNS
from pipeline.settings import FeedSource, Settings
from tests.faults.listed import fault

CSV = b"old_code,new_code,date\n" + b"".join(b"R%04d,Q%04d,2020-04-01\n" % (n, n) for n in range(3000))
SHA256 = hashlib.sha256(CSV).hexdigest()
QUICK = FetchPolicy(attempts=4, first_pause=0.01, longest_pause=0.05, connect_timeout=2, read_timeout=1)


@dataclass
class Server:
    """Answers each request with the next behaviour of the script (the last one repeats); notes what was asked."""

    address: str = ""
    script: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def next(self) -> Callable[[BaseHTTPRequestHandler], None]:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("range") for _, headers in self.requests]


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
            state.next()(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{http.server_address[1]}"
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


def send(
    status: int, body: bytes = b"", cut_at: int | None = None, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer; with cut_at the connection closes after that many bytes of the promised body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body[:cut_at])
        handler.close_connection = True

    return answer


def with_ranges(body: bytes, etag: str = '"one"') -> Callable[[BaseHTTPRequestHandler], None]:
    """A server that honours Range, If-Range and If-None-Match."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            return send(304, ETag=etag)(handler)
        wanted = handler.headers.get("Range")
        if wanted and handler.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            whole = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return send(206, body[start:], ETag=etag, Content_Range=whole)(handler)
        return send(200, body, ETag=etag)(handler)

    return answer


def settings_for(tmp_path: Path, *rows: dict[str, str], mirror: str | None = None) -> Settings:
    base = {
        "dataset": "successors", "layout": "org_successor", "file": "succ.csv", "publisher": "Tests", "licence": "CC0",
        "vintage": "2020", "sha256": SHA256, "rows": "3000", "columns": "old_code|new_code|date",
    }  # fmt: skip
    table = tmp_path / "sources.csv"
    lines = [",".join((base | row).get(name, "") for name in TABLE_COLUMNS) for row in rows]
    table.write_text("\n".join([",".join(TABLE_COLUMNS), *lines]) + "\n")
    feeds = {"rtt": FeedSource(folder=tmp_path)}
    home = tmp_path / "home"
    return Settings(home=home, source="files", feeds=feeds, reference_sources=table, reference_mirror=mirror)


def fetch(settings: Settings) -> FetchReport:
    (report,) = fetch_reference(settings, QUICK)
    return report


def kept(settings: Settings) -> bytes:
    return (settings.reference / "successors" / "succ.csv").read_bytes()


def leftovers(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.reference / "successors").iterdir() if ".part" in path.name)


def test_a_file_is_fetched_verified_and_then_not_asked_for_again(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings) == FetchReport("successors", "fetched", "succ.csv", SHA256, 3000)
    assert kept(settings) == CSV
    assert fetch(settings).sentence == "successors: unchanged, 3,000 rows (succ.csv)"
    assert len(server.requests) == 1
    assert leftovers(settings) == []


def test_a_file_without_known_hash_is_asked_for_only_if_it_changed(tmp_path: Path, server: Server) -> None:
    server.script = [with_ranges(CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv", "sha256": ""})
    assert fetch(settings).status == "fetched"
    assert fetch(settings).status == "unchanged"
    assert server.requests[1][1]["if-none-match"] == '"one"'
    newer = CSV.replace(b"2020", b"2021")
    server.script = [with_ranges(newer, '"two"')]
    assert fetch(settings).status == "fetched"
    assert kept(settings) == newer


def test_two_503_and_a_429_are_retried(tmp_path: Path, server: Server) -> None:
    server.script = [send(503), send(503, Retry_After="0"), send(429), send(200, CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "fetched"
    assert len(server.requests) == 4


def test_an_outage_ends_after_the_agreed_attempts(tmp_path: Path, server: Server) -> None:
    server.script = [send(503)]
    report = fetch(settings_for(tmp_path, {"url": server.address + "/succ.csv"}))
    assert (report.status, len(server.requests)) == ("failed", 4)
    assert report.reason == f"{server.address}/succ.csv: the server answered 503"
    assert report.sentence == f"successors: there is no copy; {report.reason}"


@pytest.mark.parametrize("status", [404, 403, 410, 401])
def test_what_a_retry_cannot_cure_is_asked_once(tmp_path: Path, server: Server, status: int) -> None:
    server.script = [send(status)]
    report = fetch(settings_for(tmp_path, {"url": server.address + "/succ.csv"}))
    assert (report.status, len(server.requests)) == ("failed", 1)
    assert str(status) in report.reason and "\n" not in report.reason


def test_a_wrong_hash_is_not_retried_and_nothing_is_kept(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV.replace(b"R0007", b"R9007"))]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    report = fetch(settings)
    assert (report.status, len(server.requests)) == ("failed", 1)
    assert "is not the expected" in report.reason
    assert not (settings.reference / "successors" / "succ.csv").exists()
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"rows": "2999"}, "has 3,000 rows, the source table expects 2,999"),
        ({"columns": "old_code|new_code|day"}, "header differs: missing ['day'], unknown ['date']"),
    ],
)
def test_rows_and_columns_are_verified_when_no_hash_is_known(
    tmp_path: Path, server: Server, row: dict[str, str], words: str
) -> None:
    server.script = [send(200, CSV)]
    report = fetch(settings_for(tmp_path, {"url": server.address + "/succ.csv", "sha256": "", **row}))
    assert report.status == "failed"
    assert words in report.reason


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/csv"])
def test_a_web_page_with_status_200_is_refused(tmp_path: Path, server: Server, content_type: str) -> None:
    server.script = [send(200, b"<!DOCTYPE html><html>Sign in</html>", Content_Type=content_type)]
    report = fetch(settings_for(tmp_path, {"url": server.address + "/succ.csv", "sha256": "", "rows": ""}))
    assert report.status == "failed"
    assert "web page" in report.reason


def test_a_cut_connection_is_continued_where_it_broke(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV, cut_at=20_000, ETag='"one"'), with_ranges(CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "fetched"
    assert kept(settings) == CSV
    assert server.ranges == [None, "bytes=20000-"]


def test_a_cut_download_is_continued_by_the_next_run(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV, cut_at=20_000, ETag='"one"'), send(503)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "failed"
    server.script, server.requests = [with_ranges(CSV)], []
    assert fetch(settings).status == "fetched"
    assert server.ranges == ["bytes=20000-"]
    assert leftovers(settings) == []


def test_a_server_that_ignores_range_sends_all_and_that_is_used(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV, cut_at=20_000, ETag='"one"'), send(200, CSV, ETag='"one"')]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "fetched"
    assert kept(settings) == CSV


def test_without_a_version_from_the_server_a_part_is_not_continued(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV, cut_at=20_000), send(200, CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "fetched"
    assert server.ranges == [None, None]


def test_a_part_that_turns_out_wrong_is_fetched_once_more_from_the_start(tmp_path: Path, server: Server) -> None:
    other = CSV.replace(b"R0007", b"R9007")
    server.script = [send(200, other, cut_at=20_000, ETag='"one"'), with_ranges(CSV), send(200, CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "fetched"
    assert kept(settings) == CSV
    assert server.ranges == [None, "bytes=20000-", None]


def test_a_part_the_server_cannot_continue_is_started_again(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV, cut_at=20_000, ETag='"one"'), send(416), send(200, CSV)]
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv"})
    assert fetch(settings).status == "fetched"
    assert server.ranges == [None, "bytes=20000-", None]


def test_a_body_cut_every_time_fails_and_names_the_reason(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV, cut_at=100)]
    report = fetch(settings_for(tmp_path, {"url": server.address + "/succ.csv"}))
    assert report.status == "failed"
    assert "the connection failed or broke off" in report.reason


@fault(
    "process: a hung source",
    "a server of reference files does not answer",
    "given up after the agreed time and attempts, and said",
)
def test_a_server_that_hangs_is_given_up(tmp_path: Path, server: Server) -> None:
    release = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        release.wait(10)

    server.script = [hang]
    policy = FetchPolicy(attempts=2, first_pause=0.01, connect_timeout=1, read_timeout=0.1)
    (report,) = fetch_reference(settings_for(tmp_path, {"url": server.address + "/succ.csv"}), policy)
    release.set()
    assert report.status == "failed"
    assert "did not answer in time" in report.reason
    assert len(server.requests) == 2


@fault("process: a hung source", "fetching fails in each known way", "the previous good copy stays and is named as old")
@pytest.mark.parametrize("answer", [send(404), send(503), send(200, b"<html></html>"), send(200, CSV[:-12])])
def test_the_previous_good_copy_stays_when_anything_fails(
    tmp_path: Path, server: Server, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv", "sha256": ""})
    server.script = [send(200, CSV)]
    fetch(settings)
    server.script = [answer]
    report = fetch(settings)
    assert (report.status, report.sha256) == ("kept_previous", SHA256)
    assert report.sentence == f"successors: the previous copy stays; {report.reason}"
    assert report.reason
    assert kept(settings) == CSV


@fault(
    "storage: one flipped byte in reference data",
    "a copy of a reference file is damaged on the disk",
    "it is not used; it is fetched again",
)
def test_a_damaged_copy_is_not_a_good_copy(tmp_path: Path, server: Server) -> None:
    settings = settings_for(tmp_path, {"url": server.address + "/succ.csv", "sha256": ""})
    server.script = [with_ranges(CSV)]
    fetch(settings)
    (settings.reference / "successors" / "succ.csv").write_bytes(CSV[:-1] + b"x")
    assert fetch(settings).status == "fetched"
    assert "if-none-match" not in server.requests[-1][1]
    assert kept(settings) == CSV


def test_a_mirror_folder_serves_the_first_alternative_it_has(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "ods").mkdir(parents=True)
    (mirror / "ods" / "succ.csv.gz").write_bytes(gzip.compress(CSV))
    settings = settings_for(
        tmp_path,
        {"mirror_file": "succ.csv", "url": "http://127.0.0.1:1/never-asked"},
        {"file": "succ.csv.gz", "mirror_file": "ods/succ.csv.gz"},
        mirror=str(mirror),
    )
    assert fetch(settings) == FetchReport("successors", "fetched", "succ.csv.gz", SHA256, 3000)
    assert (settings.reference / "successors").stat().st_mode & 0o777 == 0o700


def test_a_mirror_folder_without_the_file_says_so_in_one_line(tmp_path: Path) -> None:
    report = fetch(settings_for(tmp_path, {"mirror_file": "succ.csv"}, mirror=str(tmp_path / "none")))
    assert report.status == "failed"
    assert "cannot be read from the mirror (No such file or directory)" in report.reason
    assert "\n" not in report.reason


def test_a_mirror_address_is_asked_below_its_path(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, CSV)]
    settings = settings_for(tmp_path, {"mirror_file": "ods/a b.csv"}, mirror=server.address + "/ref/")
    assert fetch(settings).status == "fetched"
    assert server.requests[0][0] == "/ref/ods/a%20b.csv"


def test_a_dataset_with_no_place_to_come_from_says_so(tmp_path: Path) -> None:
    report = fetch(settings_for(tmp_path, {"mirror_file": "succ.csv"}))
    assert report.reason == "successors: the source table gives no file at an official address"


def layer(records: int, page: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """An ONS Open Geography layer: a description, and pages of records."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        fields = [
            {"name": "ObjectId", "type": "esriFieldTypeOID"},
            *({"name": name, "type": "esriFieldTypeString"} for name in ("old_code", "new_code", "date")),
        ]
        content: dict[str, object] = {"fields": fields}
        if parts.path.endswith("/query"):
            query = parse_qs(parts.query)
            assert query["orderByFields"] == ["ObjectId"]
            start = int(query["resultOffset"][0])
            wanted = range(start, min(records, start + min(page, int(query["resultRecordCount"][0]))))
            content["features"] = [
                {"attributes": {"ObjectId": n, "old_code": f"R{n:04d}", "new_code": f"Q{n:04d}", "date": "2020-04-01"}}
                for n in wanted
            ]
            content["exceededTransferLimit"] = wanted.stop < records
        send(200, json.dumps(content).encode(), Content_Type="application/json")(handler)

    return answer


def test_an_ons_layer_is_paged_into_one_table(tmp_path: Path, server: Server) -> None:
    server.script = [send(503), layer(3000, 1000)]
    settings = settings_for(tmp_path, {"url": server.address + "/rest/services/X/FeatureServer/0"})
    assert fetch(settings) == FetchReport("successors", "fetched", "succ.csv", SHA256, 3000)
    assert kept(settings) == CSV
    assert len(server.requests) == 5


def test_an_ons_layer_that_gives_smaller_pages_than_asked_loses_nothing(tmp_path: Path, server: Server) -> None:
    server.script = [layer(3000, 700)]
    settings = settings_for(tmp_path, {"url": server.address + "/rest/services/X/FeatureServer/0"})
    assert fetch(settings).status == "fetched"
    assert kept(settings) == CSV


def test_an_ons_layer_that_reports_an_error_fails(tmp_path: Path, server: Server) -> None:
    server.script = [send(200, b'{"error": {"code": 400}}')]
    report = fetch(settings_for(tmp_path, {"url": server.address + "/rest/services/X/FeatureServer/0"}))
    assert report.status == "failed"
    assert "the service reported an error" in report.reason

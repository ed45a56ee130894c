"""The candidate: same tables, same bytes; every column described; a changed file is noticed.

Belongs here: export and reading back. Does not belong here: the receipt.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline.quality.candidate import PUBLISHED_TABLES, CandidateError, content_sha256, read_candidate, write_candidate
from pipeline.settings import Settings
from tests.unit.quality.gate_parts import publication


def exported(home: Path, seed: int | None = None, threads: int = 2, rows: int = 500) -> tuple[Settings, str]:
    settings = Settings(home=home, threads=threads)
    with duckdb.connect(":memory:", config={"threads": threads}) as connection:
        publication(connection, rows, seed)
        return settings, write_candidate(connection, settings)


def bytes_of(settings: Settings) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in settings.candidate.iterdir()}


def test_the_same_rows_give_the_same_bytes_whatever_their_order_and_the_threads(tmp_path: Path) -> None:
    first, content = exported(tmp_path / "a", threads=1)
    for number, (seed, threads) in enumerate([(7, 1), (8, 2), (9, 8)]):
        other, again = exported(tmp_path / str(number), seed, threads)
        assert again == content
        assert bytes_of(other) == bytes_of(first)


def test_rows_of_one_key_have_an_order_too(tmp_path: Path) -> None:
    contents = set()
    for numbers in [(1, 2, 3), (3, 1, 2)]:
        settings = Settings(home=tmp_path / str(numbers[0]), threads=2)
        with duckdb.connect(":memory:", config={"threads": 2}) as connection:
            publication(connection, rows=3)
            for number in numbers:
                connection.execute("insert into publication.pub_area values ('la', 'F07000001', '2026', ?)", [number])
            contents.add(write_candidate(connection, settings))
    assert len(contents) == 1


def test_every_published_table_is_there_with_its_rows_and_comments(tmp_path: Path) -> None:
    settings, content = exported(tmp_path)
    document = read_candidate(settings)
    assert document["content_sha256"] == content
    assert set(document["tables"]) == set(PUBLISHED_TABLES)
    for table, key in PUBLISHED_TABLES.items():
        assert (
            document["tables"][table]["rows"]
            == pq.read_metadata(settings.candidate / f"{table}.parquet").num_rows
            == 500
        )
        assert document["tables"][table]["order_by"] == list(key)
        assert {column["comment"] for column in document["tables"][table]["columns"]} == {
            f"The {name}." for name in (*key, "number")
        }


def test_another_value_is_another_content(tmp_path: Path) -> None:
    _, content = exported(tmp_path / "a")
    _, other = exported(tmp_path / "b", rows=499)
    assert content != other


def test_the_connection_has_its_threads_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, threads=2)
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        publication(connection, rows=3)
        write_candidate(connection, settings)
        assert connection.execute("select current_setting('threads')").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("comment on column publication.pub_area.area_code is null", "no comment on area_code"),
        ("comment on column publication.pub_release.number is ''", "no comment on number"),
        ("comment on table publication.pub_area is null", "pub_area has no comment"),
        ("drop table publication.pub_data_quality", "pub_data_quality is not in the build database"),
    ],
)
def test_what_is_not_described_or_not_there_is_refused_and_the_last_candidate_stays(
    tmp_path: Path, change: str, says: str
) -> None:
    settings, _ = exported(tmp_path)
    before = bytes_of(settings)
    with duckdb.connect(":memory:") as connection:
        publication(connection, rows=3)
        connection.execute(change)
        with pytest.raises(CandidateError, match=says):
            write_candidate(connection, settings)
    assert bytes_of(settings) == before


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    settings, _ = exported(tmp_path)
    assert settings.candidate.stat().st_mode & 0o777 == 0o700


def test_a_home_with_an_apostrophe_works(tmp_path: Path) -> None:
    settings, content = exported(tmp_path / "o'neill")
    assert read_candidate(settings)["content_sha256"] == content


@pytest.mark.parametrize("table", sorted(PUBLISHED_TABLES))
def test_a_flipped_byte_is_noticed(tmp_path: Path, table: str) -> None:
    settings, _ = exported(tmp_path, rows=5)
    path = settings.candidate / f"{table}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CandidateError, match=f"{table}.parquet"):
        read_candidate(settings)


def test_a_missing_file_or_table_is_noticed(tmp_path: Path) -> None:
    settings, _ = exported(tmp_path, rows=5)
    (settings.candidate / "area.parquet").unlink()
    with pytest.raises(CandidateError, match=r"area\.parquet"):
        read_candidate(settings)


@pytest.mark.parametrize("text", ["", "{}", '{"tables": {}}', "[]", "null"])
def test_a_broken_list_of_tables_is_refused(tmp_path: Path, text: str) -> None:
    settings, _ = exported(tmp_path, rows=5)
    (settings.candidate / "tables.json").write_text(text)
    with pytest.raises(CandidateError):
        read_candidate(settings)


def test_a_replaced_table_is_noticed_even_with_its_own_hash(tmp_path: Path) -> None:
    settings, _ = exported(tmp_path / "a", rows=5)
    other, _ = exported(tmp_path / "b", rows=6)
    path = settings.candidate / "area.parquet"
    path.write_bytes((other.candidate / "area.parquet").read_bytes())
    document = json.loads((settings.candidate / "tables.json").read_text())
    document["tables"]["area"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (settings.candidate / "tables.json").write_text(json.dumps(document))
    with pytest.raises(CandidateError, match="the content hash does not fit"):
        read_candidate(settings)


@pytest.mark.parametrize("part", ["comment", "columns", "order_by"])
def test_the_content_hash_covers_what_a_reader_is_told_of_a_table(tmp_path: Path, part: str) -> None:
    settings, content = exported(tmp_path, rows=5)
    tables = read_candidate(settings)["tables"]
    changed = {"comment": "Another thing.", "columns": tables["area"]["columns"][:1], "order_by": ["area_code"]}
    tables["area"][part] = changed[part]
    assert content_sha256(tables) != content

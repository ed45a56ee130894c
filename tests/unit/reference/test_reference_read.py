"""Strict reading: known header faults by name, any other drift refused, nothing of a row in a message."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from pipeline.reference.layouts import LAYOUTS
from pipeline.reference.read import content_sha256, read_reference, refuse_web_page
from pipeline.reference.sources import TABLE_COLUMNS, ReferenceError_, ReferenceSource, read_sources
from pipeline.settings import Settings
from tests.unit.reference.reference_country import CUT_DECILE, DECILE, LAST_2019, SCORE, country, imd_header

CSV = "LSOA11CD,LSOA21CD,CHGIND\nF01000001,F01000001,U\nF01000002,F01000002,U\n"


def source(layout: str = "lsoa11_lsoa21_exact_fit", **changes: object) -> ReferenceSource:
    row: dict[str, object] = {
        "dataset": "d", "layout": layout, "file": "d.csv", "publisher": "Tests", "licence": "CC0", "vintage": "2021",
    }  # fmt: skip
    return ReferenceSource.model_validate(row | changes)


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path, of: ReferenceSource) -> str:
    with pytest.raises(ReferenceError_) as caught:
        read_reference(path, of)
    return str(caught.value)


def test_the_trailing_space_of_2019_and_the_cut_headers_of_2025_are_mended_by_name(tmp_path: Path) -> None:
    expected = "|".join([*imd_header(2011, 2019), SCORE, LAST_2019.rstrip()])
    made = country()
    made.files["imd2019"].columns = expected
    made.files["imd2025_file1"].columns = "|".join(imd_header(2021, 2024))
    settings = made.write(tmp_path)
    folder = settings.sample / "reference"
    for row in read_sources(folder / "sources.csv")[:3]:
        table, header = read_reference(folder / row.file, row)
        assert "published_decile" in table.column_names
        assert DECILE in header
        assert CUT_DECILE not in header and LAST_2019 not in header


def test_a_fault_of_one_file_is_not_forgiven_in_another(tmp_path: Path) -> None:
    path = put(
        tmp_path / "d.csv", ",".join([*imd_header(2021, 2024)[:5], CUT_DECILE]) + "\n" + ",".join("abcd11") + "\n"
    )
    message = refusal(path, source("imd2025_file7"))
    assert "lacks columns" in message and "Decile" in message


def test_another_trailing_space_is_drift_and_both_names_are_given(tmp_path: Path) -> None:
    path = put(tmp_path / "d.csv", CSV.replace("CHGIND", "CHGIND "))
    message = refusal(path, source(columns="LSOA11CD|LSOA21CD|CHGIND"))
    assert message == "d.csv: header differs: missing ['CHGIND'], unknown ['CHGIND ']"


def test_swapped_columns_are_refused_although_all_are_there(tmp_path: Path) -> None:
    path = put(tmp_path / "d.csv", CSV)
    assert "another order, from 'LSOA11CD' on" in refusal(path, source(columns="LSOA21CD|LSOA11CD|CHGIND"))


def test_repeated_missing_and_miscounted_columns_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "d.csv", CSV.replace("CHGIND", "LSOA21CD"))
    assert "columns named twice: ['LSOA21CD']" in refusal(path, source())
    path = put(tmp_path / "d.csv", CSV.replace("CHGIND", "CHANGE"))
    assert "lacks columns ['CHGIND']" in refusal(path, source())
    path = put(tmp_path / "d.csv", CSV)
    assert "has 3 columns, the source table expects 4" in refusal(path, source(columns="4"))
    path = put(tmp_path / "d.csv", CSV)
    assert "has 3 columns, layout etr has 27" in refusal(path, source("etr"))


def test_a_row_too_many_or_too_few_is_refused(tmp_path: Path) -> None:
    assert "has 2 rows, the source table expects 3" in refusal(put(tmp_path / "d.csv", CSV), source(rows=3))
    header_only = put(tmp_path / "d.csv", CSV.splitlines()[0] + "\n")
    assert "has a header and no rows" in refusal(header_only, source())


def test_a_ragged_row_is_refused_without_printing_it(tmp_path: Path) -> None:
    path = put(tmp_path / "d.csv", CSV + "9434765919,secret\n")
    message = refusal(path, source())
    assert "another number of cells" in message
    assert "9434765919" not in message and "secret" not in message


def test_text_that_is_not_utf8_and_cut_archives_are_refused(tmp_path: Path) -> None:
    assert "not UTF-8" in refusal(put(tmp_path / "d.csv", CSV.encode() + b"\xe9,b,c\n"), source())
    packed = gzip.compress(CSV.encode() * 500)
    assert "cut off" in refusal(put(tmp_path / "d.csv.gz", packed[: len(packed) // 2]), source(file="d.csv.gz"))
    assert "cut off" in refusal(put(tmp_path / "d.zip", packed), source(file="d.zip"))
    assert "parquet" in refusal(put(tmp_path / "d.parquet", CSV), source(file="d.parquet"))
    assert "xlsx" in refusal(put(tmp_path / "d.xlsx", CSV), source("imd2025_file1", file="d.xlsx"))


def test_a_zip_must_hold_exactly_one_csv(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("etr.pdf", "x")
        archive.writestr("etr.csv", CSV)
    table, _ = read_reference(tmp_path / "d.zip", source(file="d.zip"))
    assert table.num_rows == 2
    with zipfile.ZipFile(tmp_path / "d.zip", "a") as archive:
        archive.writestr("other.csv", CSV)
    assert "holds 2 CSV files" in refusal(tmp_path / "d.zip", source(file="d.zip"))


def test_the_hash_is_of_the_content_whatever_the_wrapping(tmp_path: Path) -> None:
    plain = content_sha256(put(tmp_path / "a.csv", CSV))
    assert plain == content_sha256(put(tmp_path / "a.csv.gz", gzip.compress(CSV.encode(), mtime=1)))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
    assert plain == content_sha256(tmp_path / "a.zip")


def test_codes_stay_text_and_a_byte_order_mark_is_not_part_of_a_name(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + b"old_code,new_code,date\r\n5E1,00L,\r\n"
    table, header = read_reference(put(tmp_path / "d.csv", content), source("org_successor"))
    assert header[0] == "old_code"
    assert table.to_pylist() == [{"predecessor_code": "5E1", "successor_code": "00L", "from_date": ""}]


@pytest.mark.parametrize("page", [b"\n <!DOCTYPE html><html>", b"\xef\xbb\xbf<HTML><body>", b""])
def test_a_web_page_or_nothing_is_refused(tmp_path: Path, page: bytes) -> None:
    with pytest.raises(ReferenceError_, match=r"is a web page|is empty"):
        refuse_web_page(put(tmp_path / "d.csv", page))


def test_a_table_of_sources_names_its_own_faults(tmp_path: Path) -> None:
    head = ",".join(TABLE_COLUMNS)
    good = "d,etr,d.csv,,,Tests,CC0,2021,,,27,"
    assert read_sources(put(tmp_path / "s.csv", f"{head}\n{good}\n"))[0].column_count == 27
    for line, words in {
        "d,etr,d.csv,,,Tests,CC0,2021,abc,,27,": "line 2: sha256",
        "d,unknown,d.csv,,,Tests,CC0,2021,,,27,": "line 2: layout",
        "d,etr,../d.csv,,,Tests,CC0,2021,,,27,": "line 2: file",
        "d,etr,d.csv,,ftp://x,Tests,CC0,2021,,,27,": "line 2: url",
        "d,etr,d.csv": "line 2: has not 12 cells",
    }.items():
        with pytest.raises(ReferenceError_, match=words):
            read_sources(put(tmp_path / "s.csv", f"{head}\n{line}\n"))
    with pytest.raises(ReferenceError_, match="missing: \\['note'\\]"):
        read_sources(put(tmp_path / "s.csv", head.removesuffix(",note") + "\n"))
    with pytest.raises(ReferenceError_, match="cannot be read"):
        read_sources(tmp_path / "none.csv")


def test_the_projects_own_table_is_whole() -> None:
    rows = read_sources(Settings().reference_sources)
    assert {row.layout for row in rows} == set(LAYOUTS) - {"population_lsoa21_long"}
    assert {row.licence for row in rows} == {"Open Government Licence v3.0"}
    for row in rows:
        assert row.url or row.mirror_file, row.file
        assert row.sha256 or row.note.startswith("evidence: K, checked by columns and rows"), row.file
        assert row.note.startswith("evidence: "), row.file
    names = [(row.dataset, row.file) for row in rows]
    assert len(set(names)) == len(names), "a copy could not be told from its alternative"

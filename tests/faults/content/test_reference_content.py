"""Reference files that are whole and wrong: another index, turned round, of another year, with people in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.reference import ReferenceError_, load_reference
from tests.faults.landing.faulty_files import NHS_NUMBER, SECRET
from tests.faults.listed import fault
from tests.unit.reference.reference_country import Country, country
from tests.unit.reference.test_reference_load import load, refusal

RANK, DECILE, SCORE = 4, 5, 6


def reversed_deciles(made: Country) -> None:
    for row in made.files["imd2019"].rows:
        row[DECILE] = str(11 - int(row[DECILE]))


def reversed_index(made: Country) -> None:
    """Ranks and deciles both, so that they agree: only the scores tell."""
    rows = made.files["imd2019"].rows
    for row in rows:
        row[DECILE] = str(11 - int(row[DECILE]))
        row[RANK] = str(len(rows) + 1 - int(row[RANK]))


def other_edition(made: Country) -> None:
    """The areas of 2025 in the file of 2019."""
    for row in made.files["imd2019"].rows:
        row[0] = "F0199" + row[0][5:]


def other_index(made: Country) -> None:
    """The file of some domain: ranks with gaps, as far as this country goes."""
    for at, row in enumerate(made.files["imd2019"].rows):
        row[RANK] = str(at * 3 + 1)


WRONG: dict[str, tuple[Callable[[Country], None], str]] = {
    "reversed deciles": (reversed_deciles, "published deciles differ from ceil"),
    "reversed index": (reversed_index, "scores rise from one rank to the next"),
    "other edition": (other_edition, "IMD 2019 needs LSOA 2011"),
    "other index": (other_index, "ranks are outside 1 to the number of LSOAs"),
}
MARKS = {
    "reversed deciles": fault("content: reversed deciles", "decile 1 is the least deprived", "refused by name"),
    "reversed index": fault(
        "content: reversed deciles", "ranks and deciles are both turned round", "refused: the scores say otherwise"
    ),
    "other edition": fault("content: wrong IMD file", "areas of another edition", "refused by name"),
    "other index": fault("content: wrong IMD file", "ranks of another index", "refused by name"),
}


@pytest.mark.parametrize("wrong", [pytest.param(name, marks=MARKS[name]) for name in WRONG])
def test_a_wrong_index_is_refused_even_where_its_hash_is_not_known(wrong: str, tmp_path: Path) -> None:
    change, says = WRONG[wrong]
    made = country()
    for file in made.files.values():
        file.sha256 = ""
    change(made)
    assert says in refusal(made, tmp_path)


@fault("content: wrong IMD file", "another file under the name of the index", "refused: its hash is not the known one")
def test_another_file_under_the_name_of_the_index_is_refused(tmp_path: Path) -> None:
    made = country()
    settings = made.write(tmp_path)
    path = tmp_path / "sample" / "reference" / "imd2019.csv"
    path.write_text(path.read_text().replace("Mere 1,", "Mere 1 ,", 1))
    with pytest.raises(ReferenceError_, match=r"imd2019\.csv"):
        load(settings)


@fault(
    "storage: one flipped byte in reference data",
    "one bit of a reference file is flipped after it was verified",
    "refused by name; the last release stays",
)
def test_one_flipped_bit_is_refused(tmp_path: Path) -> None:
    settings = country().write(tmp_path)
    path = tmp_path / "sample" / "reference" / "population.csv"
    content = bytearray(path.read_bytes())
    content[content.rindex(b",") + 1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ReferenceError_, match=r"population\.csv"):
        load(settings)


@fault(
    "leaks: canaries in reference files",
    "an NHS number and a secret in each column of each reference file, one at a time",
    "whatever is refused is refused without them",
    "no canary",
)
def test_no_value_of_a_reference_file_is_in_a_refusal(tmp_path: Path) -> None:
    import duckdb

    refused = 0
    for dataset, file in country().files.items():
        for column in range(len(file.header)):
            made = country()
            rows = made.files[dataset].rows
            for changed in made.files.values():
                changed.sha256 = ""
            is_number = dataset == "imd2025_file1" and column in (RANK, DECILE)  # a workbook holds numbers there
            if not rows or column >= len(rows[0]) or is_number:
                continue
            rows[0][column] = f"{NHS_NUMBER} {SECRET}"
            with duckdb.connect() as connection:
                try:
                    load_reference(connection, made.write(tmp_path / f"{dataset}-{column}"))
                except ReferenceError_ as error:
                    refused += 1
                    said = f"{error!r} {error.__cause__!r} {'' if error.__suppress_context__ else error.__context__!r}"
                    assert NHS_NUMBER not in said, (dataset, column)
                    assert SECRET not in said, (dataset, column)
    assert refused > 20

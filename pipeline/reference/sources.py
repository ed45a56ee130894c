"""The table of reference files: what each is, where it comes from, and what it must look like.

Belongs here: the typed row, reading and checking the table, the error every part of this package raises.
Does not belong here: downloading (`fetch`, `download`), reading file content (`read`), tables (`load`).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.validation import faults_of

TABLE_COLUMNS = (
    "dataset",
    "layout",
    "file",
    "mirror_file",
    "url",
    "publisher",
    "licence",
    "vintage",
    "sha256",
    "rows",
    "columns",
    "note",
)

Layout = Literal[
    "imd2019_file7",
    "imd2025_file7",
    "imd2025_file1",
    "lsoa11_lsoa21_exact_fit",
    "lsoa21_sub_icb_icb",
    "lsoa21_lad",
    "etr",
    "epraccur",
    "org_successor",
    "ods_succ",
    "population_lsoa11_syoa",
    "population_lsoa21_long",
]


class ReferenceError_(Exception):
    """A reference file or table cannot be used; the message names the file, the reason and what to do.

    The underscore keeps it apart from Python's own ReferenceError (weak references).
    """


class ReferenceSource(BaseModel):
    """One row of the table: one file that can serve a dataset.

    Several rows may name one dataset: they are alternatives, in order of preference. `sha256` is of the content after
    .gz or .zip is opened, because the wrapping of the same content differs from mirror to mirror. `columns` is the
    header as names joined by `|` (right spelling: known faults of the real files are mended before the comparison),
    or a number for files without a header. Blank cells are not checked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    dataset: str = Field(pattern=r"^[a-z0-9_]+$")
    layout: Layout
    file: str = Field(min_length=1, description="Name of the copy, relative to the folder it is kept in.")
    mirror_file: str = Field(default="", description="Name inside a mirror folder or below a mirror URL.")
    url: str = Field(default="", pattern=r"^(https?://.*)?$")
    publisher: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    vintage: str = Field(min_length=1)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    rows: int | None = Field(default=None, ge=1)
    columns: str = ""
    note: str = ""

    @field_validator("rows", mode="before")
    @classmethod
    def _blank_is_unknown(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("file", "mirror_file")
    @classmethod
    def _stays_inside_its_folder(cls, value: str) -> str:
        parts = Path(value).parts
        if Path(value).is_absolute() or ".." in parts:
            raise ValueError("must be a name inside its folder")
        return value

    @property
    def header(self) -> tuple[str, ...] | None:
        """Expected header names, or None when the table gives a number or nothing."""
        return None if not self.columns or self.columns.isdigit() else tuple(self.columns.split("|"))

    @property
    def column_count(self) -> int | None:
        """Expected number of columns, or None when unknown."""
        if self.header is not None:
            return len(self.header)
        return int(self.columns) if self.columns else None


def read_sources(path: Path) -> list[ReferenceSource]:
    """Rows of a reference source table, in file order.

    Raises ReferenceError_ naming the table, the line and the column at fault, never a cell.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            header = tuple(reader.fieldnames or ())
            if header != TABLE_COLUMNS:
                missing = sorted(set(TABLE_COLUMNS) - set(header))
                extra = sorted(set(header) - set(TABLE_COLUMNS))
                raise ReferenceError_(
                    f"{path.name}: columns differ from the source table (missing: {missing}, unknown: {extra}, "
                    f"order: {', '.join(TABLE_COLUMNS)})"
                )
            return [_row(path, reader.line_num, row) for row in reader]
    except OSError as error:
        raise ReferenceError_(f"{path}: the table of reference files cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ReferenceError_(f"{path.name}: the table of reference files is not UTF-8") from None


def _row(path: Path, line: int, row: dict[str, str]) -> ReferenceSource:
    if None in row or None in row.values():
        raise ReferenceError_(f"{path.name}, line {line}: has not {len(TABLE_COLUMNS)} cells")
    try:
        return ReferenceSource.model_validate(row)
    except ValidationError as error:
        raise ReferenceError_(f"{path.name}, line {line}: {faults_of(error, 'row')}") from None

"""Load the reference files of a run into the `reference` schema of the build database.

Belongs here: which copy of a dataset is used, the order of loading, what is required and what may be absent, the
report. Does not belong here: reading files (`read`), SQL (`tables`), rules (`checks`), downloading (`fetch`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.reference import checks, tables
from pipeline.reference.copies import fetched_copy
from pipeline.reference.layouts import edition_of
from pipeline.reference.read import content_sha256, read_reference
from pipeline.reference.sources import ReferenceError_, ReferenceSource, read_sources
from pipeline.settings import REFERENCE_DATA, Settings

NHS_REGIONS = REFERENCE_DATA / "codes" / "nhs_region.csv"


@dataclass(frozen=True)
class LoadedSource:
    """What became of one dataset: loaded, or absent and allowed to be (then file and sha256 are blank).

    `rows` counts rows of the file; `facts` are measured counts for people and metadata, such as decile differences.
    """

    dataset: str
    layout: str
    status: str
    file: str = ""
    publisher: str = ""
    licence: str = ""
    vintage: str = ""
    url: str = ""
    sha256: str = ""
    rows: int = 0
    note: str = ""
    facts: dict[str, int] = field(default_factory=dict)


@dataclass
class _File:
    """One file that was found, verified and read."""

    source: ReferenceSource
    table: pa.Table
    header: list[str]
    sha256: str
    rows: int
    note: str = ""
    facts: dict[str, int] = field(default_factory=dict)

    def report(self) -> LoadedSource:
        s = self.source
        return LoadedSource(
            s.dataset, s.layout, "loaded", s.file, s.publisher, s.licence, s.vintage, s.url, self.sha256, self.rows,
            self.note, self.facts,
        )  # fmt: skip


def load_reference(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[LoadedSource]:
    """Build every `reference.*` table in one transaction; the report has one entry a dataset of the source table.

    Required: IMD of the run's editions, the LSOA 2011 to 2021 lookup, the area lookup of the run's organisation
    edition. Everything else may be absent and is reported so. Raises ReferenceError_ and leaves the database as it
    was when a file is damaged, of an unknown layout, or breaks a rule of `checks`.
    """
    table_of_sources, files = _find(settings)
    connection.execute("begin transaction")
    try:
        connection.execute(tables.SCHEMA)
        _load(connection, settings, files)
        _insert_sources(connection, files)
        connection.execute("commit")
    except ReferenceError_:
        connection.execute("rollback")
        raise
    except duckdb.Error as error:
        connection.execute("rollback")
        # The engine's own message can quote a row.
        raise ReferenceError_(f"reference tables cannot be built ({type(error).__name__})") from None
    loaded = {item.source.dataset: item.report() for item in files}
    absent = {
        s.dataset: LoadedSource(s.dataset, s.layout, "absent", note="no verified copy; run the fetch or add a mirror")
        for s in table_of_sources
        if s.dataset not in loaded
    }
    return [(loaded | absent)[dataset] for dataset in dict.fromkeys(s.dataset for s in table_of_sources)]


def _find(settings: Settings) -> tuple[list[ReferenceSource], list[_File]]:
    if settings.is_synthetic:
        folder = settings.sample / "reference"
        sources = read_sources(folder / "sources.csv")
        return sources, [_open(folder / source.file, source) for source in sources]
    sources = read_sources(settings.reference_sources)
    found = []
    for dataset in dict.fromkeys(source.dataset for source in sources):
        folder = settings.reference / dataset
        kept = fetched_copy(folder, [source for source in sources if source.dataset == dataset])
        if kept is not None:
            found.append(_open(kept.path, kept.source, kept.record.get("sha256", "")))
    return sources, found


def _open(path: Path, source: ReferenceSource, noted_sha256: str = "") -> _File:
    if not path.is_file():
        raise ReferenceError_(f"{source.file}: is in the table of sources but not in {path.parent}")
    sha256 = content_sha256(path)
    if source.sha256 and sha256 != source.sha256:
        raise ReferenceError_(f"{source.file}: content differs from the sha256 in the table of sources; fetch it again")
    if noted_sha256 and sha256 != noted_sha256:
        raise ReferenceError_(f"{source.file}: content has changed since it was fetched; fetch it again")
    table, header = read_reference(path, source)
    return _File(source, table, header, sha256, table.num_rows)


def _load(connection: duckdb.DuckDBPyConnection, settings: Settings, files: list[_File]) -> None:
    run_edition = settings.organisation_edition
    _load_imd(connection, settings, files)
    for file in _of(files, "lsoa11_lsoa21_exact_fit", required="the LSOA 2011 to 2021 lookup"):
        tables.insert_change(connection, file.table)
        checks.run_checks(connection, file.source.file, checks.change_checks())
    _load_areas(connection, run_edition, files)
    for edition in settings.imd_editions:
        name = _imd_files(files, edition)[0].source.file
        checks.run_checks(connection, name, checks.vintage_checks(edition, run_edition))
    trusts = sorted(_of(files, "etr"), key=lambda f: (not _covers_run(connection, run_edition, f), f.source.dataset))
    practices = _of(files, "epraccur")
    tables.insert_organisations(
        connection,
        run_edition,
        [(f.source.file, f.table) for f in trusts],
        [(f.source.file, f.table) for f in practices],
    )
    successions = [*_of(files, "org_successor"), *_of(files, "ods_succ")]
    tables.insert_successors(connection, [(f.source.file, f.table) for f in successions])
    _load_population(connection, files)


def _of(files: list[_File], layout: str, required: str = "") -> list[_File]:
    found = [file for file in files if file.source.layout == layout]
    if required and not found:
        raise ReferenceError_(f"{required} is not there: fetch layout {layout}, or put it into the mirror")
    return found


def _imd_files(files: list[_File], edition: int) -> list[_File]:
    layouts = {2019: ("imd2019_file7",), 2025: ("imd2025_file7", "imd2025_file1")}[edition]
    return [file for layout in layouts for file in _of(files, layout)]


def _load_imd(connection: duckdb.DuckDBPyConnection, settings: Settings, files: list[_File]) -> None:
    """Every edition there is, so that both can be shown; only the run's editions are required."""
    for edition in (2019, 2025):
        found = _imd_files(files, edition)
        if not found:
            if edition in settings.imd_editions:
                raise ReferenceError_(f"IMD {edition} is not there: fetch it, or put it into the mirror")
            continue
        first, *others = found
        tables.insert_imd(connection, first.source.file, edition, first.table)
        first.facts["decile_differences"] = checks.decile_differences(connection, edition)
        checks.run_checks(connection, first.source.file, checks.imd_checks(edition))
        for other in others:
            other.facts["differences_from_" + first.source.layout] = differences = tables.compare_imd(
                connection, edition, other.table
            )
            if differences:
                raise ReferenceError_(
                    f"{other.source.file} and {first.source.file}: {differences:,} LSOAs have another rank or decile"
                )


def _load_areas(connection: duckdb.DuckDBPyConnection, run_edition: int, files: list[_File]) -> None:
    editions = {edition_of(f.header, f.source.file): f for f in _of(files, "lsoa21_sub_icb_icb")}
    if run_edition not in editions:
        raise ReferenceError_(
            f"the LSOA 2021 to sub-ICB to ICB lookup of {run_edition} is not there: fetch it, or put it into the mirror"
        )
    lads = [f.table for f in _of(files, "lsoa21_lad")]
    local_authority = lads[0] if lads else _imd_local_authorities(connection)
    for edition, file in sorted(editions.items()):
        matching = [trust for trust in _of(files, "etr") if tables.covers(file.table, trust.table)]
        if not matching and "region_code" not in file.table.column_names:
            reason = f"no trust file (etr) has all ICBs of {edition}, so their NHS regions are not known"
            if edition == run_edition:
                raise ReferenceError_(f"{file.source.file}: {reason}; add the etr of that time to the mirror")
            file.note = f"not loaded: {reason}"
            continue
        trusts = matching[-1].table if matching else _NO_TRUSTS
        tables.insert_area(connection, edition, file.table, trusts, local_authority, NHS_REGIONS)
        checks.run_checks(connection, file.source.file, checks.area_checks(edition))
        file.facts = _area_counts(connection, edition)


_NO_TRUSTS = pa.table({name: pa.array([], pa.string()) for name in ("high_level_geography", "national_grouping")})


def _imd_local_authorities(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Local authority of each LSOA 2021 as IMD 2025 names it; empty when that edition is not loaded."""
    rows = connection.execute(
        "select lsoa_code, la_code, la_name from reference.imd where imd_edition = 2025 order by lsoa_code"
    ).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    names = ("lsoa21_code", "la_code", "la_name")
    return pa.table({n: pa.array(list(column), pa.string()) for n, column in zip(names, columns, strict=True)})


def _area_counts(connection: duckdb.DuckDBPyConnection, edition: int) -> dict[str, int]:
    names = ("lsoa21", "sub_icb", "icb", "region", "la")
    row = connection.execute(f"""
        select {", ".join(f"count(distinct {name}_code)" for name in names)} from reference.lsoa21_area
        where organisation_edition = {edition}""").fetchall()[0]
    return dict(zip(names, (int(value) for value in row), strict=True))


def _covers_run(connection: duckdb.DuckDBPyConnection, edition: int, file: _File) -> bool:
    icbs = {
        code
        for (code,) in connection.execute(
            f"select distinct icb_ods_code from reference.lsoa21_area where organisation_edition = {edition}"
        ).fetchall()
    }
    return icbs <= set(file.table.column("high_level_geography").unique().to_pylist())


def _load_population(connection: duckdb.DuckDBPyConnection, files: list[_File]) -> None:
    for file in _of(files, "population_lsoa11_syoa"):
        left_out = tables.insert_population_syoa(connection, file.source.file, file.source.vintage, file.table)
        file.facts["lsoa11_outside_country"] = left_out
    for file in _of(files, "population_lsoa21_long"):
        tables.insert_population_long(connection, file.source.file, file.source.vintage, file.table)
    checks.run_checks(connection, "population", checks.population_checks())


def _insert_sources(connection: duckdb.DuckDBPyConnection, files: list[_File]) -> None:
    for file in sorted(files, key=lambda f: f.source.dataset):
        s = file.source
        connection.execute(
            "insert into reference.source values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [s.dataset, s.layout, s.file, s.publisher, s.licence, s.vintage, s.url, file.sha256, file.rows],
        )

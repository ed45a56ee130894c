"""The `reference` tables, each built from staged text in one ordered insert.

Belongs here: the schema, and for every table the SQL that types and joins staged columns. Does not belong here: which
files exist (`load`), rules the result must satisfy (`checks`). Every insert is ordered, so the order of rows in a
file never reaches the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv

from pipeline.reference.sources import ReferenceError_

MERGER_DATE = "2026-04-01"  # 42 ICBs became 36 on this day (ICB establishment orders)

SCHEMA = """
drop schema if exists reference cascade;
create schema reference;
create table reference.imd (
    imd_edition smallint not null, lsoa_vintage smallint not null, lsoa_code varchar not null, lsoa_name varchar,
    la_code varchar, la_name varchar, imd_rank integer not null, published_decile smallint not null,
    imd_score double);
create table reference.lsoa_change (
    lsoa11_code varchar not null, lsoa21_code varchar not null, change_indicator varchar not null);
create table reference.lsoa21_area (
    organisation_edition smallint not null, lsoa21_code varchar not null,
    sub_icb_code varchar, sub_icb_ods_code varchar, sub_icb_name varchar,
    icb_code varchar, icb_ods_code varchar, icb_name varchar,
    region_code varchar, region_ods_code varchar, region_name varchar, la_code varchar, la_name varchar);
create table reference.organisation (
    organisation_code varchar not null, organisation_name varchar, organisation_type varchar not null,
    icb_ods_code varchar, region_ods_code varchar, open_date date, close_date date);
create table reference.organisation_successor (
    predecessor_code varchar not null, successor_code varchar not null, from_date date not null);
create table reference.population (
    population_vintage varchar not null, lsoa_vintage smallint not null, lsoa_code varchar not null,
    age_from smallint, sex_code varchar, ethnic_category_code varchar, population bigint);
create table reference.source (
    dataset varchar not null, layout varchar not null, file varchar not null, publisher varchar not null,
    licence varchar not null, vintage varchar not null, url varchar, sha256 varchar not null, rows bigint not null);
"""


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Make text tables visible to SQL under their names for a while."""
    for name, table in tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            connection.unregister(name)


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number a query returns."""
    return int(connection.execute(sql).fetchall()[0][0])


def _refuse_uncastable(connection: duckdb.DuckDBPyConnection, file: str, view: str, **types: str) -> None:
    for column, expression in types.items():
        broken = count(connection, f"select count(*) from {view} where {column} <> '' and {expression} is null")
        if broken:
            raise ReferenceError_(f"{file}: column {column}: {broken:,} cells are not of the expected type")


def insert_imd(connection: duckdb.DuckDBPyConnection, file: str, edition: int, table: pa.Table) -> None:
    """reference.imd of one edition; scores are NULL where the file has none.

    Raises ReferenceError_ when ranks or deciles are not whole numbers, or scores no numbers.
    """
    vintage = {2019: 2011, 2025: 2021}[edition]
    has_scores = "imd_score" in table.column_names
    score = "try_cast(imd_score as double)" if has_scores else "null"
    with staged(connection, stage_imd=table):
        for column in ("imd_rank", "published_decile"):
            broken = count(connection, f"select count(*) from stage_imd where try_cast({column} as integer) is null")
            if broken:
                raise ReferenceError_(f"{file}: column {column}: {broken:,} cells are not whole numbers")
        if broken := count(connection, f"select count(*) from stage_imd where {score} is null") if has_scores else 0:
            raise ReferenceError_(f"{file}: column imd_score: {broken:,} cells are not numbers")
        connection.execute(f"""
            insert into reference.imd
            select {edition}, {vintage}, lsoa_code, lsoa_name, la_code, la_name,
                cast(imd_rank as integer), cast(published_decile as smallint), {score}
            from stage_imd order by lsoa_code, imd_rank""")


def compare_imd(connection: duckdb.DuckDBPyConnection, edition: int, table: pa.Table) -> int:
    """How many LSOAs have another rank or decile in a second file of an edition than in reference.imd."""
    with staged(connection, stage_imd=table):
        return count(
            connection,
            f"""
            select count(*)
            from (select lsoa_code, imd_rank, published_decile from reference.imd where imd_edition = {edition}) as a
            full join stage_imd as b on a.lsoa_code = b.lsoa_code
            where a.imd_rank is distinct from try_cast(b.imd_rank as integer)
               or a.published_decile is distinct from try_cast(b.published_decile as smallint)""",
        )


def insert_change(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
    """reference.lsoa_change."""
    with staged(connection, stage_change=table):
        connection.execute("""
            insert into reference.lsoa_change
            select lsoa11_code, lsoa21_code, change_indicator from stage_change order by all""")


def insert_area(
    connection: duckdb.DuckDBPyConnection,
    edition: int,
    lookup: pa.Table,
    trusts: pa.Table,
    local_authority: pa.Table,
    regions: Path,
) -> None:
    """reference.lsoa21_area of one organisation edition.

    Regions: the lookup's own NHSER columns where it has them, otherwise the national grouping of the trusts whose
    parent the ICB is (all trusts of an ICB share it), named by `regions` (ODS code, ONS code, name).
    Local authorities: the LSOA to LAD lookup, otherwise the lookup's own LAD columns.
    """
    for column in ("region_code", "region_name", "la_code", "la_name"):
        if column not in lookup.column_names:
            lookup = lookup.append_column(column, pa.array([""] * lookup.num_rows, pa.string()))
    with staged(
        connection, stage_area=lookup, stage_trust=trusts, stage_la=local_authority, stage_region=_text_csv(regions)
    ):
        connection.execute(f"""
            insert into reference.lsoa21_area
            with trust_region as (
                select high_level_geography as icb_ods_code, min(national_grouping) as region_ods_code
                from stage_trust where national_grouping <> '' group by high_level_geography
                having count(distinct national_grouping) = 1
            )
            select {edition}, a.lsoa21_code, a.sub_icb_code, a.sub_icb_ods_code, a.sub_icb_name,
                a.icb_code, a.icb_ods_code, a.icb_name,
                coalesce(nullif(a.region_code, ''), by_ods.region_code),
                coalesce(by_ons.region_ods_code, t.region_ods_code),
                coalesce(nullif(a.region_name, ''), by_ods.region_name),
                coalesce(l.la_code, nullif(a.la_code, '')), coalesce(l.la_name, nullif(a.la_name, ''))
            from stage_area as a
            left join trust_region as t on a.icb_ods_code = t.icb_ods_code
            left join stage_region as by_ods on t.region_ods_code = by_ods.region_ods_code
            left join stage_region as by_ons on a.region_code = by_ons.region_code
            left join stage_la as l on a.lsoa21_code = l.lsoa21_code
            order by a.lsoa21_code, a.sub_icb_code""")


def covers(lookup: pa.Table, trusts: pa.Table) -> bool:
    """Whether every ICB of a lookup is the parent of some trust of an etr file: the two are of one edition."""
    icbs = set(lookup.column("icb_ods_code").unique().to_pylist())
    return icbs <= set(trusts.column("high_level_geography").unique().to_pylist())


def insert_organisations(
    connection: duckdb.DuckDBPyConnection,
    edition: int,
    trust_files: list[tuple[str, pa.Table]],
    practice_files: list[tuple[str, pa.Table]],
) -> None:
    """reference.organisation: trusts, then practices, first file that knows a code wins.

    A parent ICB that does not exist in the edition is looked up through the practice's sub-ICB; where that is gone
    too (it was split), the ICB stays NULL: LSOA, not the organisation, is the key of area.
    """
    numbered = [*(("trust", *item) for item in trust_files), *(("practice", *item) for item in practice_files)]
    for kind, file, table in numbered:
        if "commissioner_code" not in table.column_names:
            table = table.append_column("commissioner_code", pa.array([""] * table.num_rows, pa.string()))
        with staged(connection, stage_org=table):
            dates = {c: f"try_strptime({c}, '%Y%m%d')" for c in ("open_date", "close_date")}
            _refuse_uncastable(connection, file, "stage_org", **dates)
            connection.execute(f"""
                insert into reference.organisation
                with icb as (
                    select distinct icb_ods_code, region_ods_code from reference.lsoa21_area
                    where organisation_edition = {edition}
                ),
                sub_icb as (
                    select distinct sub_icb_ods_code, icb_ods_code, region_ods_code from reference.lsoa21_area
                    where organisation_edition = {edition}
                ),
                region as (select distinct region_ods_code from icb)
                select o.organisation_code, max(o.organisation_name), '{kind}',
                    max(coalesce(i.icb_ods_code, s.icb_ods_code)),
                    max(coalesce(i.region_ods_code, s.region_ods_code, r.region_ods_code)),
                    max(cast(try_strptime(nullif(o.open_date, ''), '%Y%m%d') as date)),
                    max(cast(try_strptime(nullif(o.close_date, ''), '%Y%m%d') as date))
                from stage_org as o
                left join icb as i on o.high_level_geography = i.icb_ods_code
                left join sub_icb as s on o.commissioner_code = s.sub_icb_ods_code
                left join region as r on o.national_grouping = r.region_ods_code
                where o.organisation_code <> ''
                    and o.organisation_code not in (select organisation_code from reference.organisation)
                group by o.organisation_code
                order by o.organisation_code""")


def insert_successors(connection: duckdb.DuckDBPyConnection, files: list[tuple[str, pa.Table]]) -> None:
    """reference.organisation_successor: ODS successions, and sub-ICBs and ICBs that ended between two editions.

    An ended ICB is succeeded by every ICB that received one of its LSOAs.
    """
    date = "coalesce(try_strptime(from_date, '%Y-%m-%d'), try_strptime(from_date, '%Y%m%d'))"
    parts = []
    for at, (file, table) in enumerate(files):
        connection.register(f"stage_successor_{at}", table)
        _refuse_uncastable(connection, file, f"stage_successor_{at}", from_date=date)
        parts.append(f"""select predecessor_code, successor_code, cast({date} as date) as from_date
                         from stage_successor_{at} where from_date <> ''""")
    parts += [_ended(level) for level in ("sub_icb_ods_code", "icb_ods_code")]
    connection.execute(f"""
        insert into reference.organisation_successor
        select predecessor_code, successor_code, min(from_date) from ({" union all ".join(parts)})
        where predecessor_code <> '' and successor_code <> '' and predecessor_code <> successor_code
        group by predecessor_code, successor_code order by predecessor_code, successor_code""")
    for at in range(len(files)):
        connection.unregister(f"stage_successor_{at}")


def _ended(level: str) -> str:
    return f"""
        select distinct old.{level} as predecessor_code, new.{level} as successor_code,
            date '{MERGER_DATE}' as from_date
        from reference.lsoa21_area as old
        join reference.lsoa21_area as new
            on old.lsoa21_code = new.lsoa21_code and old.organisation_edition = 2024
            and new.organisation_edition = 2026
        where old.{level} not in (select {level} from reference.lsoa21_area where organisation_edition = 2026)"""


def insert_population_syoa(connection: duckdb.DuckDBPyConnection, file: str, vintage: str, table: pa.Table) -> int:
    """Persons by single year of age and LSOA 2011 (90 means 90 and over). Returns LSOAs outside the country left out.

    Raises ReferenceError_ when ages do not add up to the file's own total.
    """
    ages = [name for name in table.column_names if name.startswith("age_")]
    with staged(connection, stage_population=table):
        total = " + ".join(f"cast({age} as bigint)" for age in ages)
        try:
            broken = count(
                connection,
                f"select count(*) from stage_population where ({total}) <> cast(total_population as bigint)",
            )
        except duckdb.ConversionException:
            raise ReferenceError_(f"{file}: populations are not whole numbers") from None
        if broken:
            raise ReferenceError_(f"{file}: {broken:,} LSOAs whose ages do not add up to their own total")
        connection.execute(
            f"""
            insert into reference.population
            select $vintage, 2011, lsoa_code, cast(substr(age, 5) as smallint), null, null, cast(persons as bigint)
            from (unpivot (select lsoa_code, {", ".join(ages)} from stage_population
                           where lsoa_code in (select c.lsoa11_code from reference.lsoa_change as c
                                               join reference.lsoa21_area as a on c.lsoa21_code = a.lsoa21_code))
                  on {", ".join(ages)} into name age value persons)
            order by lsoa_code, cast(substr(age, 5) as smallint)""",
            {"vintage": vintage},
        )
        kept = count(connection, "select count(distinct lsoa_code) from reference.population where lsoa_vintage = 2011")
        return int(table.num_rows) - kept


def insert_population_long(connection: duckdb.DuckDBPyConnection, file: str, vintage: str, table: pa.Table) -> None:
    """Persons by LSOA 2021, sex, ethnic category and age from a long file."""
    with staged(connection, stage_population=table):
        casts = {"age_from": "try_cast(age_from as smallint)", "population": "try_cast(population as bigint)"}
        _refuse_uncastable(connection, file, "stage_population", **casts)
        connection.execute(
            """
            insert into reference.population
            select $vintage, 2021, lsoa_code, try_cast(age_from as smallint), nullif(sex_code, ''),
                nullif(ethnic_category_code, ''), try_cast(population as bigint)
            from stage_population order by lsoa_code, try_cast(age_from as smallint), sex_code, ethnic_category_code""",
            {"vintage": vintage},
        )


def _text_csv(path: Path) -> pa.Table:
    names = ["region_ods_code", "region_code", "region_name"]
    try:
        return pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(include_columns=names))
    except (OSError, pa.ArrowInvalid, KeyError):
        raise ReferenceError_(f"{path.name}: the list of NHS regions cannot be read") from None

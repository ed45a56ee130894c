"""Facts every reference load must satisfy, each a count that has to be zero.

Belongs here: one named check over the `reference` schema, its SQL, what it means when it fails. Does not belong here:
building the tables (`tables`). A check counts; it never returns or prints a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipeline.reference.sources import ReferenceError_


@dataclass(frozen=True)
class Check:
    """One rule: the count `sql` returns is the number of violations."""

    what: str
    sql: str
    remedy: str


def run_checks(connection: duckdb.DuckDBPyConnection, file: str, checks: list[Check]) -> None:
    """Raises ReferenceError_ naming the file, the first rule broken and how many rows break it."""
    for check in checks:
        broken = int(connection.execute(check.sql).fetchall()[0][0] or 0)
        if broken:
            raise ReferenceError_(f"{file}: {check.what}: {broken:,} rows; {check.remedy}")


def decile_differences(connection: duckdb.DuckDBPyConnection, edition: int) -> int:
    """How many LSOAs of an edition have a published decile other than ceil(rank * 10 / N).

    Rule: MHCLG, English indices of deprivation, technical report (rank cut into ten equal groups, 1 most deprived).
    """
    return int(connection.execute(_DECILE_SQL.format(edition=edition)).fetchall()[0][0])


_DECILE_SQL = """
    with ranked as (
        select imd_rank, published_decile, count(*) over () as lsoa_count
        from reference.imd where imd_edition = {edition}
    )
    select count(*) from ranked
    where published_decile is distinct from (imd_rank * 10 + lsoa_count - 1) // lsoa_count
"""


def imd_checks(edition: int) -> list[Check]:
    """Checks of one IMD edition."""
    rows = f"reference.imd where imd_edition = {edition}"
    return [
        Check(
            "LSOA codes are blank or repeated",
            f"select count(*) - count(distinct nullif(lsoa_code, '')) from {rows}",
            "one row an LSOA is expected",
        ),
        Check(
            "ranks are outside 1 to the number of LSOAs",
            f"""select count(*) from {rows}
                and not coalesce(imd_rank between 1 and (select count(*) from {rows}), false)""",
            "the file is not the whole country or its columns moved",
        ),
        Check(
            "published deciles differ from ceil(rank * 10 / N)",
            _DECILE_SQL.format(edition=edition),
            "the file is cut, altered or not the national one",
        ),
        Check(
            "scores rise from one rank to the next",
            f"""select count(*) from (
                    select imd_score > lag(imd_score) over (order by imd_rank, imd_score desc) as rises from {rows})
                where rises""",
            "scores and ranks are not of one index",
        ),
    ]


def change_checks() -> list[Check]:
    """Checks of the LSOA 2011 to 2021 lookup."""
    return [
        Check(
            "change indicators are other than U, S, M, X",
            "select count(*) from reference.lsoa_change where change_indicator not in ('U', 'S', 'M', 'X')",
            "the exact fit lookup is expected, not the best fit one",
        ),
        Check(
            "pairs of codes are blank or repeated",
            """select count(*) - count(distinct (lsoa11_code, lsoa21_code))
                   filter (lsoa11_code <> '' and lsoa21_code <> '') from reference.lsoa_change""",
            "one row a pair is expected",
        ),
        Check(
            "unchanged (U) LSOAs have more than one partner",
            """select count(*) from reference.lsoa_change as u where change_indicator = 'U' and (
                   (select count(*) from reference.lsoa_change as o where o.lsoa11_code = u.lsoa11_code) > 1
                or (select count(*) from reference.lsoa_change as n where n.lsoa21_code = u.lsoa21_code) > 1)""",
            "the change indicator does not agree with the pairs",
        ),
        Check(
            "split (S) LSOAs of 2021 have more than one parent",
            """select count(*) from (
                   select lsoa21_code from reference.lsoa_change group by lsoa21_code
                   having bool_or(change_indicator = 'S') and count(*) > 1)""",
            "the parent's decile would not be defined",
        ),
    ]


def area_checks(edition: int) -> list[Check]:
    """Checks of one organisation edition: every LSOA has exactly one sub-ICB, ICB, region and local authority."""
    rows = f"reference.lsoa21_area where organisation_edition = {edition}"
    levels = (("sub_icb_code", "icb_code"), ("icb_code", "region_code"))
    names = (
        ("sub_icb_code", "sub_icb_ods_code", "sub_icb_name"),
        ("icb_code", "icb_ods_code", "icb_name"),
        ("region_code", "region_ods_code", "region_name"),
        ("la_code", "la_code", "la_name"),
    )
    filled = [column for group in names for column in dict.fromkeys(group)]
    blank = " or ".join(f"coalesce({column}, '') = ''" for column in filled)
    checks = [
        Check("LSOAs are repeated", f"select count(*) - count(distinct lsoa21_code) from {rows}", "one row an LSOA"),
        Check(
            f"LSOAs lack one of {', '.join(filled)}",
            f"select count(*) from {rows} and ({blank})",
            "the lookup, the local authority lookup or the trust file (ICB to region) is incomplete",
        ),
    ]
    checks += [
        Check(
            f"{child} lies in more than one {parent}",
            f"select count(*) from (select {child} from {rows} group by {child} having count(distinct {parent}) > 1)",
            "a level must nest in the next",
        )
        for child, parent in levels
    ]
    checks += [
        Check(
            f"{code} has more than one {ods} or {name}",
            f"""select count(*) from (select {code} from {rows} group by {code}
                having count(distinct {ods}) > 1 or count(distinct {name}) > 1)""",
            "codes and names must go together",
        )
        for code, ods, name in names
    ]
    checks.append(
        Check(
            "LSOAs are not in the LSOA 2011 to 2021 lookup",
            f"select count(*) from {rows} and lsoa21_code not in (select lsoa21_code from reference.lsoa_change)",
            "the two lookups must be of the same LSOA vintage (2021)",
        )
    )
    return checks


def vintage_checks(edition: int, organisation_edition: int) -> list[Check]:
    """IMD 2019 belongs to LSOA 2011 and IMD 2025 to LSOA 2021: their codes must be the lookups' codes."""
    if edition == 2019:
        return [
            Check(
                "LSOA 2011 codes of IMD 2019 are not in the LSOA 2011 to 2021 lookup",
                """select count(*) from reference.imd where imd_edition = 2019
                   and lsoa_code not in (select lsoa11_code from reference.lsoa_change)""",
                "IMD 2019 needs LSOA 2011",
            )
        ]
    return [
        Check(
            f"LSOA 2021 codes of IMD 2025 and of the {organisation_edition} area lookup differ",
            f"""select count(*)
                from (select lsoa_code from reference.imd where imd_edition = 2025) as i
                full join (select lsoa21_code from reference.lsoa21_area
                           where organisation_edition = {organisation_edition}) as a on i.lsoa_code = a.lsoa21_code
                where i.lsoa_code is null or a.lsoa21_code is null""",
            "IMD 2025 needs LSOA 2021",
        )
    ]


def population_checks() -> list[Check]:
    """Checks of the populations: no negative or missing counts, no cell twice."""
    return [
        Check(
            "populations are missing or negative",
            "select count(*) from reference.population where population is null or population < 0 or age_from is null",
            "counts of persons are expected",
        ),
        Check(
            "cells (vintage, LSOA, age, sex, ethnic category) are repeated",
            """select count(*) from (select 1 from reference.population
               group by population_vintage, lsoa_vintage, lsoa_code, age_from, sex_code, ethnic_category_code
               having count(*) > 1)""",
            "one row a cell is expected",
        ),
    ]

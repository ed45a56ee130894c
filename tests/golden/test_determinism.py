"""The statistics of a set of rows are the same to the last bit on any number of threads and in any order of rows."""

from __future__ import annotations

import duckdb
import pytest

from tests.golden.cases import case
from tests.golden.cases import macros as m

# Each case many times over, as further series: more than two of DuckDB's row groups, or one thread would do it all.
ROWS = 250_000
LIMITS = {"lower": "lower_cl", "upper": "upper_cl"}

# Statistic: its case, the column that names a group, and the query over the table `input`.
STATISTICS: dict[str, tuple[str, str, str]] = {
    "slope": (
        "sii_p06_rate_transform",
        "area",
        m.slope_index(
            "input",
            ["copy", "area"],
            "quantile",
            "population",
            "value",
            "10",
            scale="'log'",
            multiplier="-1e0",
            **LIMITS,
        ),
    ),
    "concentration": (
        "who_p02_deciles_favourable",
        "area",
        m.concentration_index("input", ["copy", "area"], '"order"', "population", "estimate"),
    ),
    "attributable": (
        "who_p02_deciles_favourable",
        "area",
        m.attributable_risk("input", ["copy", "area"], '"order"', "population", "estimate", "100", "true"),
    ),
    "trend": (
        "trend_p02_other_gap",
        "series",
        m.trend_test("input", ["copy", "series"], "year", value="value", **LIMITS),
    ),
    "spc": ("spc_p08_bulk_facets", "icb", m.spc_points("input", ["copy", "icb"], "date", "y")),
    "mean": ("mean_p02", "area", m.mean_with_limits("input", ["copy", "area"], "x")),
    "median": ("mean_p02", "area", m.percentiles_with_limits("input", ["copy", "area"], "x")),
    "gradient": (
        "agi_p01",
        "icb",
        m.absolute_gradient("input", ["copy", "icb"], "lsoa", "rank01", "population", "rate"),
    ),
}


def digest(name: str, sql: str, threads: int, order_by: str) -> tuple[int, int]:
    """Rows of the result and a hash of their text, in which every bit of a double shows."""
    source, _ = case(name)
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute(
            f"create table input as with numbered as (select *, row_number() over () as line from {source}) "
            f"select * from numbered cross join range({ROWS} // (select count(*) from numbered)) as copies (copy) "
            f"order by {order_by}"
        )
        found = connection.execute(
            f"select count(*), cast(sum(hash(result::varchar)) % 1000000007 as bigint) from ({sql}) as result"
        ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


IN_ORDER, SHUFFLED = "copy, line", "hash(line * 7919 + copy)"


@pytest.mark.parametrize("name", STATISTICS)
def test_threads_and_order_change_no_bit(name: str) -> None:
    case_name, _, sql = STATISTICS[name]
    expected = digest(case_name, sql, 1, IN_ORDER)
    assert expected[0] > 1000
    assert digest(case_name, sql, 4, IN_ORDER) == expected
    assert digest(case_name, sql, 4, SHUFFLED) == expected


def test_a_plain_sum_would_show() -> None:
    """The control: what the macros avoid does change with the order, and the digest sees it."""
    plain = "select copy, area, sum(x) as total from input group by copy, area"
    assert digest("mean_p02", plain, 4, IN_ORDER) != digest("mean_p02", plain, 4, SHUFFLED)

"""What a monitor is told of data quality: who fails which rule, since when, and which periods came late.

Belongs here: reading the gate's results and their history into small frames, one row a line of the report. Does not
belong here: judging (`quality`), how it is drawn (`charts`, `report`). Nothing here is a row of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

# Results are counts by submitter. A code that is none may be anything a file held, and is not shown.
NO_CODE = "not a code"
_CODE = f"case when regexp_full_match(submitter_code, '[A-Za-z0-9]{{1,8}}') then submitter_code else '{NO_CODE}' end"
_RULE = "feed, submitter_code, rule_id"
# A report is for more readers than the data: of records no count of 1 to 7, and the rest to the nearest five.
_IS_SMALL = "(counts <> 'other' and (violated between 1 and 7 or expected between 1 and 7))"
_COUNT = f"case when {_IS_SMALL} then null when counts = 'other' then {{0}} else ({{0}} + 2) // 5 * 5 end"
_SHOWN = f"{_COUNT.format('violated')} as violated, {_COUNT.format('expected')} as expected"


@dataclass(frozen=True)
class QualityFacts:
    """Frames in the order they are shown.

    `failing` has one row a feed, submitter and rule that fails: its newest failed measure, `since_period` (first of the
    unbroken failures up to it), `is_open` (no newer period passed), `since_release` (first of the unbroken releases up
    to the last one, blank where the last one had no such failure). `worst` has the measures with something violated.
    `periods` has every expected period of a feed, `newest` the last of each that came. `months` has one row a feed,
    submitter and month: `violated_pct` of the worst completeness rule, `days_late`, `is_absent`. `releases` has one row
    a release: what failed in it.
    """

    failing: pd.DataFrame
    worst: pd.DataFrame
    periods: pd.DataFrame
    newest: pd.DataFrame
    months: pd.DataFrame
    releases: pd.DataFrame


def read_quality(connection: duckdb.DuckDBPyConnection, earlier: Sequence[tuple[str, Path]]) -> QualityFacts:
    """The facts of the build database, and of `earlier`: (release id, its data_quality.parquet), oldest first."""
    connection.execute(f"""
        create or replace temp view result as
        select
            rule_result.* exclude (pct) replace ({_CODE} as submitter_code, {_SHOWN}),
            case when {_IS_SMALL} then null when counts = 'other' then pct
                else 100e0 * {_COUNT.format("violated")} / nullif({_COUNT.format("expected")}, 0) end as pct,
            coalesce(expected_period.period_end, date '0001-01-01') as period_end
        from (select * replace (coalesce(counts, 'records') as counts) from verdict.rule_result) as rule_result
        left join run.expected_period using (feed, period)
    """)
    _read_history(connection, earlier)
    return QualityFacts(
        failing=connection.execute(_FAILING).df(),
        worst=connection.execute(
            "select feed, submitter_code, period, rule_id, violated, expected, pct, status from result "
            "where violated > 0 order by pct desc, violated desc, submitter_code, period desc"
        ).df(),
        periods=connection.execute(
            "select feed, period, period_end, due_date, received_date, days_late, timeliness_status as status "
            "from run.expected_period order by feed, period_end"
        ).df(),
        newest=connection.execute(_NEWEST).df(),
        months=connection.execute(_MONTHS).df(),
        releases=connection.execute(_RELEASES).df(),
    )


def _read_history(connection: duckdb.DuckDBPyConnection, earlier: Sequence[tuple[str, Path]]) -> None:
    """What failed in each earlier release, as temp table `history`, and the releases in order, as `told`."""
    connection.execute("create or replace temp table told (release_id varchar, number integer)")
    connection.execute(
        "create or replace temp table history "
        "(release_id varchar, feed varchar, submitter_code varchar, rule_id varchar, measures bigint)"
    )
    if not earlier:
        return
    connection.executemany("insert into told values (?, ?)", [(name, at) for at, (name, _) in enumerate(earlier)])
    connection.execute(
        f"insert into history select release_id, feed, {_CODE}, rule_id, count(*) from read_parquet(?) "
        "where status = 'failed' group by all",
        [[str(path) for _, path in earlier]],
    )


_FAILING = f"""
with judged as (
    select *, row_number() over (partition by {_RULE} order by period_end desc, period desc) as age
    from result
    where status in ('passed', 'failed')
),
newest_failure as (
    select {_RULE}, min(age) as age from judged where status = 'failed' group by all
),
last_pass as (
    select {_RULE}, min(judged.age) as age
    from judged
    inner join newest_failure using ({_RULE})
    where judged.status = 'passed' and judged.age > newest_failure.age
    group by all
),
unbroken as (
    select {_RULE}, max(judged.age) as first_age, count(*) as periods
    from judged
    inner join newest_failure using ({_RULE})
    left join last_pass using ({_RULE})
    where judged.age >= newest_failure.age and judged.age < coalesce(last_pass.age, judged.age + 1)
    group by all
),
last_without as (
    select {_RULE}, max(told.number) as number
    from newest_failure
    cross join told
    left join history using ({_RULE}, release_id)
    where history.measures is null
    group by all
),
first_with as (
    select {_RULE}, min(told.number) as number
    from history
    inner join told using (release_id)
    left join last_without using ({_RULE})
    where told.number > coalesce(last_without.number, -1)
    group by all
)
select
    newest.feed,
    newest.submitter_code,
    newest.rule_id,
    newest.severity,
    newest.period,
    newest.violated,
    newest.expected,
    newest.pct,
    newest.threshold_pct,
    first.period as since_period,
    unbroken.periods,
    newest.age = 1 as is_open,
    coalesce(told.release_id, '') as since_release
from newest_failure
inner join judged as newest using ({_RULE}, age)
inner join unbroken using ({_RULE})
inner join judged as first
    on first.feed = newest.feed and first.submitter_code = newest.submitter_code
    and first.rule_id = newest.rule_id and first.age = unbroken.first_age
left join first_with on first_with.feed = newest.feed and first_with.submitter_code = newest.submitter_code
    and first_with.rule_id = newest.rule_id
left join told on told.number = first_with.number
order by
    is_open desc,
    case newest.severity when 'critical' then 0 when 'withhold' then 1 else 2 end,
    newest.pct desc,
    newest.feed,
    newest.submitter_code,
    newest.rule_id
"""

_NEWEST = """
with numbered as (
    select *, row_number() over (partition by feed order by period_end desc) as age
    from run.expected_period
    where timeliness_status not in ('awaited', 'never')
)
select
    feed,
    max(case when numbered.age = 1 then numbered.period end) as period,
    max(case when numbered.age = 1 then numbered.due_date end) as due_date,
    max(case when numbered.age = 1 then numbered.received_date end) as received_date,
    max(case when numbered.age = 1 then numbered.days_late end) as days_late,
    max(case when numbered.age = 1 then numbered.timeliness_status end) as status
from numbered
group by feed
order by feed
"""

# A submitter's records are as late as the first file of its feed that has them, or they are in none.
_MONTHS = """
with submitters as (
    select
        feed,
        submitter_code,
        period,
        max(case when dimension = 'completeness' and rule_id <> 'deliveries_accepted' then pct end) as violated_pct,
        coalesce(max(case when rule_id = 'submitter_present' and status = 'failed' then 1 end), 0) as absent
    from result
    where period_end > date '0001-01-01'
    group by all
)
select
    expected_period.feed,
    coalesce(submitters.submitter_code, 'all') as submitter_code,
    substr(cast(expected_period.period_end as varchar), 1, 7) as month,
    max(submitters.violated_pct) as violated_pct,
    max(case when late.submitter_code is null then expected_period.days_late else late.days_late end) as days_late,
    coalesce(max(submitters.absent), 0) = 1
        or coalesce(max(case when expected_period.timeliness_status = 'never' then 1 end), 0) = 1 as is_absent
from run.expected_period
left join submitters using (feed, period)
left join run.late_submitter as late using (feed, period, submitter_code)
where expected_period.timeliness_status <> 'awaited'
group by all
order by feed, submitter_code, month
"""

_RELEASES = """
select
    told.release_id,
    count(distinct history.feed || ' ' || history.rule_id) as rules_failed,
    count(distinct history.submitter_code) filter (history.submitter_code <> 'all') as submitters_failing,
    coalesce(sum(history.measures), 0)::bigint as measures_failed
from told
left join history using (release_id)
group by told.release_id, told.number
order by told.number
"""

"""A first look at a release: the largest gaps, for the console.

Belongs here: reading a release as an analyst would. Does not belong here: computing anything.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

# The newest period of each indicator with both measures of the fifths, England.
_LARGEST = """
with newest as (
    select indicator_id, max(period_end) as period_end
    from indicator_inequality
    group by indicator_id
),
paired as (
    select
        gap.indicator_id, gap.period_type, gap.period_end, gap.imd_edition, gap.is_synthetic,
        max(case when gap.measure = 'relative_gap' then gap.value end) as ratio,
        max(case when gap.measure = 'relative_gap' then gap.lower_95 end) as ratio_lower,
        max(case when gap.measure = 'relative_gap' then gap.upper_95 end) as ratio_upper,
        max(case when gap.measure = 'absolute_gap' then gap.value end) as difference,
        max(case when gap.measure = 'absolute_gap' then gap.unit end) as unit
    from indicator_inequality as gap
    inner join newest on gap.indicator_id = newest.indicator_id and gap.period_end = newest.period_end
    where gap.area_type = 'england' and gap.dimension = 'imd_quintile_1_and_5'
    group by gap.indicator_id, gap.period_type, gap.period_end, gap.imd_edition, gap.is_synthetic
)
select
    paired.indicator_id || ' ' || indicator.indicator_name || ' (' || paired.period_type || ')',
    cast(paired.period_end as varchar), paired.imd_edition,
    printf('%.2f', paired.ratio), printf('%.2f to %.2f', paired.ratio_lower, paired.ratio_upper),
    printf('%.1f', paired.difference), paired.unit
from paired
inner join indicator on paired.indicator_id = indicator.indicator_id
where paired.ratio is not null
order by abs(ln(paired.ratio)) desc, paired.indicator_id, paired.period_type, paired.imd_edition
limit 12
"""


def largest_gaps(database: Path) -> tuple[list[tuple[str, ...]], bool]:
    """Rows of text: indicator, period, IMD edition, ratio, limits, difference, unit; and whether they are synthetic."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(_LARGEST).fetchall()
        is_synthetic = bool(connection.execute("select bool_or(is_synthetic) from release").fetchall()[0][0])
    return [tuple(str(value) for value in row) for row in rows], is_synthetic

"""Indicators for people: what one says in words, and the stubs of a new one.

Belongs here: the text of `core20 indicators show` and the files of `core20 indicators new`. Does not belong here:
checks of the metadata (`indicators`), values.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

from pipeline.catalogue.indicators import INDICATOR_MODELS, NO_UPPER_AGE, Indicator, IndicatorError
from pipeline.settings import REFERENCE_DATA

CODE_LISTS = REFERENCE_DATA / "codes" / "code_list.csv"
PRACTICE_WEIGHTED = (
    "practice-weighted (ecological): fifths of practices by the mean IMD score of their lists, not where patients live"
)
_SHOWN_CODES = 24
_SQL = """with numerator as (
    select *
    from {{{{ ref('int_{cube}__cube') }}}}
    where {{{{ in_code_list('COLUMN OF THE CUBE', 'LIST OF code_list.csv') }}}}
)

{{{{ indicator_frame('{id}', 'numerator', numerator='records') }}}}
"""
_YAML = """version: 2
models:
- name: ind_{stem}
  description: "NAME. Grain: that of its cube."
  config:
    tags:
    - {area}
    meta:
      indicator:
        id: {id}
        catalogue_id: {id}
        version: "0.1.0"
        name:
        framework:
        clinical_area: {area}
        statement_13sa: null
        feed: {feed}
        measure_type:
        denominator_type:
        first_age: 0
        last_age: {no_upper_age}
        unit:
        multiplier:
        polarity:
        method:
        numerator:
        denominator:
        exclusions: []
        period_types: []
        breakdowns_excluded: {{}}
        disclosure_profile:
        targets: []
        code_lists: []
        traps: []
        evidence: {{}}
        reference_url:
        fingertips_id: null
        owner:
        review_date:
  columns:
"""
_COLUMNS = {
    "indicator_id": "Indicator identifier.",
    "source_period": "Period of the part the rows came in.",
    "provider_code": "ODS code of the provider.",
    "residence_key": "Key of the residence in dim_residence.",
    "ethnic_category_code": "Ethnic category 2001 code, Z, or unknown.",
    "sex_code": "Sex code, or unknown.",
    "age_from": "First age of the age group in years; -1 is unknown.",
    "plus_key": "PLUS groups of the person as in dim_plus_group; 0 is on no list, -1 has no identifier.",
    "numerator": "Who counts, a number of records.",
    "denominator": "Out of how many records; 0 where the population is the denominator.",
}
_CUBES = {
    "sus_apc": "admitted_care",
    "sus_op": "outpatient_care",
    "ecds": "emergency_care",
    "gp_extract": "gp_register",
    "wlmds": "waiting_list",
    "talking_therapies": "talking_therapies",
    "msds_birth": "birth",
    "msds_booking": "booking",
    "msds_contact": "maternity_contact",
    "tobacco_sdcs": "tobacco_dependence",
    "mhsds_contact": "mental_health_contact",
    "mhsds_detention": "detention",
}


def describe(indicator: Indicator, codes: Path = CODE_LISTS) -> list[str]:
    """The definition of an indicator, one fact a line. Raises IndicatorError for a code list that does not exist."""
    ages = f"{indicator.first_age} and over" if indicator.last_age == NO_UPPER_AGE else (
        f"{indicator.first_age} to {indicator.last_age}"
    )  # fmt: skip
    lines = [
        f"{indicator.id} {indicator.name} (version {indicator.version})",
        f"  area:         {indicator.framework}, {indicator.clinical_area}",
        f"  numerator:    {indicator.numerator}",
        f"  denominator:  {indicator.denominator}",
        f"  excluded:     {'; '.join(indicator.exclusions) or 'nobody'}",
        f"  ages:         {ages}",
        f"  measure:      {indicator.measure_type}, {indicator.unit}, {indicator.polarity}; {indicator.method}",
        f"  periods:      {', '.join(indicator.period_types)}",
        f"  breakdowns:   {', '.join(indicator.breakdowns)}",
    ]
    if indicator.counted_over == "last_part":
        lines.append("  counted:      once over the whole period; its months do not add up to it")
    lines += [f"    not by {name}: {why}" for name, why in indicator.breakdowns_excluded.items()]
    if indicator.practice_weighted:
        lines.append(f"    also by practice_imd_quintile: {PRACTICE_WEIGHTED}")
    lines.append(f"  source:       {indicator.feed}; disclosure rule {indicator.disclosure_profile}")
    lines.append(f"  target:       {indicator.target_text or 'none'}")
    if indicator.statement_13sa:
        lines.append(f"  13SA:         {indicator.statement_13sa}")
    lists = _code_lists(codes)
    for name in indicator.code_lists:
        if name not in lists:
            raise IndicatorError(f"{indicator.id}: code list {name} is not in {codes}")
        members = lists[name]
        more = f" and {len(members) - _SHOWN_CODES} more" if len(members) > _SHOWN_CODES else ""
        lines.append(f"  code list:    {name}: {', '.join(members[:_SHOWN_CODES])}{more}")
    lines += [f"  trap:         {trap}" for trap in indicator.traps]
    lines.append(f"  evidence:     {indicator.evidence_text}")
    lines.append(f"  reference:    {indicator.reference_url}")
    lines.append(f"  owner:        {indicator.owner}; review by {indicator.review_date.isoformat()}")
    return lines


def write_stub(indicator_id: str, clinical_area: str, feed: str, folder: Path = INDICATOR_MODELS) -> tuple[Path, Path]:
    """SQL and YAML of a new indicator, to be filled in: `make check` fails until they are.

    Raises IndicatorError for an id or area that cannot be one, and where the indicator exists.
    """
    if not re.fullmatch(r"[A-Z]{2,4}[0-9]{2}(_[A-Z0-9_]+)?", indicator_id):
        raise IndicatorError(f"'{indicator_id}' is no indicator id; ids look like RES01")
    if not re.fullmatch(r"[a-z][a-z_]+", clinical_area):
        raise IndicatorError(f"'{clinical_area}' is no clinical area; areas look like chronic_respiratory")
    if feed not in _CUBES:
        raise IndicatorError(f"feed '{feed}' has no cube to count from; feeds with one: {', '.join(sorted(_CUBES))}")
    stem = indicator_id.lower()
    there = sorted(folder.rglob(f"ind_{stem}.*"))
    if there:
        raise IndicatorError(f"{there[0]}: {indicator_id} exists already")
    target = folder / clinical_area
    target.mkdir(parents=True, exist_ok=True)
    sql, yml = target / f"ind_{stem}.sql", target / f"ind_{stem}.yml"
    sql.write_text(_SQL.format(id=indicator_id, cube=_CUBES[feed]), encoding="utf-8")
    columns = "".join(f"  - name: {name}\n    description: {text}\n" for name, text in _COLUMNS.items())
    head = _YAML.format(id=indicator_id, stem=stem, area=clinical_area, feed=feed, no_upper_age=NO_UPPER_AGE)
    yml.write_text(head + columns, encoding="utf-8")
    return sql, yml


def _code_lists(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            suffix = "*" if row["match_rule"] == "prefix" else ""
            found[row["code_list_id"]].append(row["code"] + suffix + _validity(row["valid_from"], row["valid_to"]))
    return dict(found)


def _validity(first: str, last: str) -> str:
    """When a code belongs to its list, where that is not always."""
    words = [word + " " + day for word, day in (("from", first), ("to", last)) if day]
    return f" ({' '.join(words)})" if words else ""

"""One person a line: what is on the person's record, and whether the person is asked for and counts.

Belongs here: registering each line at a practice of its own and reading its total back. Does not belong here: lines.
People are 50 years old on the snapshot of 31 December 2025, but for what a line says.
"""

from __future__ import annotations

from tests.spec.cases import World
from tests.spec.tiny import Tiny

# Numerator and denominator of one person.
COUNTS, DOES_NOT, IS_NOT_ASKED = (1, 1), (0, 1), (0, 0)
Counts = tuple[int, int]
Cells = dict[str, str | None]
Lines = dict[str, tuple[Counts, Cells]]
# Indicator -> what its people have on record but for a line, and the lines.
Tables = dict[str, tuple[Cells, Lines]]
Practices = dict[str, dict[str, str]]


def practices_of(tiny: Tiny, letter: str, tables: Tables) -> Practices:
    """Register every line; the practice of each, by indicator and words. Codes of practices begin with the letter."""
    lsoa = tiny.lsoa(tiny.place(f"Practices {letter}"), 1)
    every = [(indicator, words) for indicator, (_, lines) in tables.items() for words in lines]
    code = {line: f"{letter}{number:05d}" for number, line in enumerate(every, 1)}
    for (indicator, words), practice in code.items():
        usual, lines = tables[indicator]
        tiny.registered(1, lsoa, {**usual, **lines[words][1], "practice_code": practice})
    return {indicator: {words: code[indicator, words] for words in tables[indicator][1]} for indicator in tables}


def found_at(world: World, practices: Practices, indicator: str) -> dict[str, Counts]:
    """Numerator and denominator of every line of an indicator, read back at its practice."""
    return {words: world.numbers.counts(indicator, code) for words, code in practices[indicator].items()}


def wanted(tables: Tables, indicator: str) -> dict[str, Counts]:
    """What the lines say."""
    return {words: counts for words, (counts, _) in tables[indicator][1].items()}

"""Read what ``long_tables.toml`` declares: which rows and columns of the Department's long tables to read."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tables.headings import normal_name

DECLARED = Path(__file__).with_name("long_tables.toml")
EVERY_ROW: Mapping[str, frozenset[str]] = {}

RowTexts = Mapping[str, frozenset[str]]  # For each column (normal name), the texts (in small letters) that select.


@dataclass(frozen=True)
class LongMeasure:
    """The columns (normal names) and further rows of one measure, or the columns to work its rate out from."""

    code: str
    columns: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()
    cohort: tuple[str, ...] = ()
    rows: RowTexts = field(default_factory=dict)
    per_hundred: tuple[str, ...] = ()
    whole: str = ""
    whole_part: str = ""


@dataclass(frozen=True)
class LongTable:
    """One kind of long table, as declared."""

    layout: str
    needs: tuple[tuple[str, ...], ...]
    measures: tuple[LongMeasure, ...]
    groups: Mapping[str, RowTexts]
    rows: RowTexts
    release: str = ""
    add_up: str = ""  # The column that names the parts of a year.
    parts: tuple[str, ...] = ()
    years_later: int = 0

    def named_columns(self) -> Iterator[str]:
        """Yield every column that the declaration names."""
        for selection in (self.rows, *self.groups.values(), *(measure.rows for measure in self.measures)):
            yield from selection
        for measure in self.measures:
            yield from (*measure.columns, *measure.lower, *measure.upper, *measure.cohort, *measure.per_hundred)
            yield measure.whole
        yield self.add_up


@cache
def long_tables() -> tuple[LongTable, ...]:
    """Return every long table that Sightline reads."""
    return tuple(_table(entry) for entry in tomllib.loads(DECLARED.read_text(encoding="utf-8"))["table"])


def _table(entry: dict) -> LongTable:
    [(add_up, parts)] = entry.get("add_up", {"": []}).items()
    groups = {code: _rows(texts) for code, texts in entry.get("groups", {}).items()}
    return LongTable(
        layout=entry["layout"],
        needs=tuple(_names(names) for names in entry["needs"]),
        measures=tuple(_measure(code, measure) for code, measure in entry["measures"].items()),
        groups=groups or {"all": EVERY_ROW},
        rows=_rows(entry["rows"]),
        release=entry.get("release", ""),
        add_up=normal_name(add_up),
        parts=tuple(part.casefold() for part in parts),
        years_later=entry.get("years_later", 0),
    )


def _measure(code: str, entry: dict) -> LongMeasure:
    lists = {key: _names(names) for key, names in entry.items() if isinstance(names, list)}
    return LongMeasure(
        code,
        **lists,
        rows=_rows(entry.get("rows", {})),
        whole=normal_name(entry.get("whole", "")),
        whole_part=entry.get("whole_part", "").casefold(),
    )


def _names(names: list[str]) -> tuple[str, ...]:
    return tuple(map(normal_name, names))


def _rows(texts: Mapping[str, list[str]]) -> RowTexts:
    return {normal_name(column): frozenset(map(str.casefold, several)) for column, several in texts.items()}

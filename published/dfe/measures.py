"""Read the measure dictionary: which columns of each layout to read, and as which measure."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from published.dfe.cells import CellUnit
from tables.headings import normal_name

DICTIONARY = Path(__file__).with_name("measures.toml")


@dataclass(frozen=True)
class LayoutMeasure:
    """One measure of one layout, as ``measures.toml`` defines it. Column names may contain patterns."""

    layout: str
    code: str
    label: str
    unit: CellUnit
    decimals: int
    columns: tuple[str, ...]
    lower: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()
    cohort: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()  # if the measure is a column in pounds as a percentage of another
    group: str = ""  # if the entry is for one pupil group only
    group_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupColumns:
    """How a layout names a pupil group: the suffix of its columns, and the column that counts it."""

    suffix: str
    pupils: str


ALL_PUPILS = {"all": GroupColumns("", "")}


@dataclass(frozen=True)
class MeasureColumns:
    """One measure of one pupil group in one file: the normal names of the columns to read, or ``""``."""

    measure: LayoutMeasure
    pupil_group: str
    column: str
    lower: str
    upper: str
    cohort: str
    whole: str = ""


@cache
def layout_measures(layout: str = "") -> tuple[LayoutMeasure, ...]:
    """Return the measures of one layout, or of all.

    >>> [measure.label for measure in layout_measures("absence")]
    ['Overall absence', 'Persistent absence', 'Severe absence']
    """
    entries = (_measure(entry) for entry in _dictionary()["measure"])
    return tuple(measure for measure in entries if layout in ("", measure.layout))


@cache
def _dictionary() -> dict:
    return tomllib.loads(DICTIONARY.read_text(encoding="utf-8"))


def _measure(entry: dict) -> LayoutMeasure:
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    by_group = {group: tuple(names) for group, names in entry.get("group_columns", {}).items()}
    return LayoutMeasure(**entry | lists | {"unit": CellUnit(entry["unit"]), "group_columns": by_group})


def _groups(layout: str) -> dict[str, GroupColumns]:
    table = _dictionary()["groups"].get(layout)
    return {code: GroupColumns(**group) for code, group in table.items()} if table else ALL_PUPILS


def measure_columns(layout: str, columns: Iterable[str]) -> list[MeasureColumns]:
    """Return what can be read from a file of ``layout`` with these columns (normal names), in order.

    Each measure and pupil group appears once, with the first of its columns that the file has.
    """
    present = frozenset(columns)
    groups = _groups(layout)
    found: dict[tuple[str, str], MeasureColumns] = {}
    for measure in layout_measures(layout):
        codes = ["all"] if measure.group else dict.fromkeys([*groups, *measure.group_columns])
        for code in codes:
            reading = _reading(measure, code, groups.get(code), present)
            if reading is not None:
                found.setdefault((measure.code, reading.pupil_group), reading)
    return list(found.values())


def _reading(
    measure: LayoutMeasure, code: str, group: GroupColumns | None, present: frozenset[str]
) -> MeasureColumns | None:
    def first(patterns: Iterable[str], own: Iterable[str] = ()) -> str:
        names = (*map(normal_name, own), *_names(patterns, group, for_all=code == "all"))
        return next((name for name in names if name in present), "")

    column = first(measure.columns, measure.group_columns.get(code, ()))
    whole = first(measure.whole)
    if not column or (measure.whole and not whole):
        return None
    lower, upper, cohort = first(measure.lower), first(measure.upper), first(measure.cohort)
    return MeasureColumns(measure, measure.group or code, column, lower, upper, cohort, whole)


def _names(patterns: Iterable[str], group: GroupColumns | None, *, for_all: bool) -> Iterator[str]:
    for pattern in patterns:
        if "{" not in pattern and for_all:  # a name without a pattern is about all pupils
            yield normal_name(pattern)
        elif "{" in pattern and group is not None:
            yield normal_name(pattern.format(group=group.suffix, pupils=group.pupils))

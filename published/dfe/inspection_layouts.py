"""Read what ``inspection_layouts.toml`` declares: Ofsted's frameworks, and its lists of inspections."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from tables.headings import normal_name

DECLARED = Path(__file__).with_name("inspection_layouts.toml")
# A file with a URN and one of these is one of Ofsted's lists, known or not.
OFSTED_COLUMNS = frozenset({"OFSTED PHASE", "OVERALL EFFECTIVENESS", "INSPECTION START DATE", "INSPECTION NUMBER"})
FIRST_LISTS = 2024
_YEAR = re.compile(r"(?<!\d)20[012]\d(?!\d)")

Names = tuple[str, ...]


@dataclass(frozen=True)
class Framework:
    """One of Ofsted's frameworks. Grades of two frameworks are never compared."""

    code: str
    title: str
    starts: date | None  # The first day of its inspections; None if only the columns say which it is.


@dataclass(frozen=True)
class InspectedArea:
    """One area with a judgement: how it is shown, its columns (normal names), and the words that a cell may have."""

    title: str
    columns: Names
    words: Mapping[str, str]  # By the cell's text in small letters; empty if Ofsted's words are shown as they are.


@dataclass(frozen=True)
class DeclaredInspection:
    """One of the inspections in a row of a list, and its columns (normal names)."""

    part: str
    needs: tuple[Names, ...]
    columns: Mapping[str, Names]  # urn, name, number, type, date, published
    framework: str
    areas: tuple[InspectedArea, ...]


@dataclass(frozen=True)
class InspectionLayout:
    """One kind of Ofsted's lists, as declared."""

    code: str
    title: str
    needs: tuple[Names, ...]
    own: Names
    inspections: tuple[DeclaredInspection, ...]

    def missing(self, columns: Iterable[str]) -> list[str]:
        """Return in words the columns that the list needs and the file does not have."""
        return missing_columns(self.needs, columns)

    def likeness(self, columns: Iterable[str]) -> float:
        """Return the share of the list's own columns that a file has."""
        return len(set(self.own).intersection(columns)) / len(self.own)


def missing_columns(needs: Iterable[Names], columns: Iterable[str]) -> list[str]:
    """Return in words the needed columns that are missing."""
    present = set(columns)
    return [" or ".join(names) for names in needs if present.isdisjoint(names)]


@cache
def inspection_layouts() -> tuple[InspectionLayout, ...]:
    """Return every list of inspections that Sightline reads."""
    declared = _declared()
    words = {
        kind: {text.casefold(): meaning for text, meaning in meanings.items()}
        for kind, meanings in declared["words"].items()
    }
    return tuple(_layout(entry, words) for entry in declared["list"])


@cache
def frameworks() -> Mapping[str, Framework]:
    """Return Ofsted's frameworks by code, oldest first."""
    entries = _declared()["framework"]
    return {entry["code"]: Framework(entry["code"], entry["title"], entry.get("starts")) for entry in entries}


@cache
def empty_words() -> frozenset[str]:
    """Return the texts, in small letters, with which a list says that there is nothing."""
    return frozenset({"", *(text.casefold() for text in _declared()["empty"])})


def framework_on(day: date) -> str:
    """Return the code of the framework of an inspection that started on a day.

    >>> framework_on(date(2024, 9, 1)), framework_on(date(2024, 9, 2)), framework_on(date(2025, 11, 10))
    ('overall', 'areas', 'report_card')
    """
    begun = [framework.code for framework in frameworks().values() if framework.starts and framework.starts <= day]
    return begun[-1] if begun else next(iter(frameworks()))


def inspection_layout_of(columns: Iterable[str]) -> InspectionLayout | None:
    """Return the list that these columns (normal names) fit, or None."""
    return next((layout for layout in inspection_layouts() if not layout.missing(columns)), None)


def unknown_list_in_words(columns: Iterable[str], name: str) -> str:
    """Say what an unknown list of Ofsted's is nearest to; "" if a file is none of Ofsted's.

    >>> unknown_list_in_words(["URN", "OFSTED PHASE"], "as_at_31_August_2018.csv").split(". ")[:2]
    ["It looks like Ofsted's list of inspections of 2018", 'Sightline reads those of 2024 and later']
    """
    present = set(columns)
    own = {column for layout in inspection_layouts() for column in layout.own}
    if "URN" not in present or present.isdisjoint(OFSTED_COLUMNS | own):
        return ""
    years = _YEAR.findall(name)
    of_year = f" of {max(years)}" if years else ""
    likeness, nearest = max(((layout.likeness(present), layout) for layout in inspection_layouts()), key=itemgetter(0))
    lacking = ", ".join(nearest.missing(present))
    like = (
        f"It is most like {nearest.title}, but has no {lacking}." if likeness else "Use the list as it was downloaded."
    )
    return (
        f"It looks like Ofsted's list of inspections{of_year}. Sightline reads those of {FIRST_LISTS} and later. {like}"
    )


def _declared() -> dict[str, Any]:
    return tomllib.loads(DECLARED.read_text(encoding="utf-8"))


def _layout(entry: dict[str, Any], words: Mapping[str, Mapping[str, str]]) -> InspectionLayout:
    return InspectionLayout(
        entry["code"],
        entry["title"],
        _needs(entry),
        _names(entry["own"]),
        tuple(_inspection(inspection, words) for inspection in entry["inspections"]),
    )


def _inspection(entry: dict[str, Any], words: Mapping[str, Mapping[str, str]]) -> DeclaredInspection:
    columns = {role: _names(entry.get(role, [])) for role in ("urn", "name", "number", "type", "date", "published")}
    return DeclaredInspection(
        entry["part"], _needs(entry), columns, entry.get("framework", ""), tuple(_areas(entry["areas"], words))
    )


def _areas(entry: dict[str, Any], words: Mapping[str, Mapping[str, str]]) -> Iterator[InspectedArea]:
    for kind, areas in entry.items():
        for title, columns in areas.items():
            yield InspectedArea(title, _names(columns), words[kind])


def _needs(entry: dict[str, Any]) -> tuple[Names, ...]:
    return tuple(_names(names) for names in entry.get("needs", []))


def _names(names: Iterable[str]) -> Names:
    return tuple(map(normal_name, names))

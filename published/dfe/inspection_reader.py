"""Read Ofsted's lists of inspections: each inspection as a dated record in the words of its framework."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from published.dfe.inspection_layouts import (
    DeclaredInspection,
    InspectionLayout,
    empty_words,
    framework_on,
    missing_columns,
)
from published.dfe.rows import KEY_RANGES, key_fault, keys_of
from tables.date_columns import read_dates
from tables.faults import FaultyFile, FileFault
from tables.table_reader import FoundTable, LeftOut
from tables.unread_cells import unread_cells

MOST_FAULTS = 100
URN = "URN"


@dataclass(frozen=True)
class ReadInspection:
    """One inspection. ``judgements`` has the words for each area that was judged, in the order of the framework."""

    urn: int  # The school in whose row Ofsted lists it.
    inspected_urn: int  # The school that was inspected: a predecessor may be.
    inspected_name: str
    start_date: date
    published_date: date | None
    framework: str
    kind: str  # Ofsted's own words, such as "S5 Inspection".
    number: str
    judgements: Mapping[str, str]

    @property
    def key(self) -> tuple[int, int, date]:
        return self.urn, self.inspected_urn, self.start_date


@dataclass(frozen=True)
class InspectionList:
    """One of Ofsted's lists, read."""

    layout: InspectionLayout
    inspections: tuple[ReadInspection, ...]
    rows: int
    schools: int
    skipped: Mapping[str, int]  # Inspections that are not in ``inspections``, by reason.
    left_out: tuple[LeftOut, ...]

    @property
    def newest(self) -> date:
        """Return the newest date of the list, which says how old it is."""
        return max(max(read.start_date, read.published_date or read.start_date) for read in self.inspections)

    def notes(self) -> list[str]:
        """Say what was left out and how old the list is."""
        return [
            *(f"left out: {left_out}" for left_out in self.left_out),
            f"the newest inspection or report in this file is of {self.newest:%B %Y}",
        ]


def read_inspection_list(found: FoundTable, columns: list[str], layout: InspectionLayout) -> InspectionList:
    """Read a list of inspections.

    Raises:
        SpreadsheetRefused: a date cannot be read, or the file has dates in two orders.
        FaultyFile: it has faults, each with its row and column, or no inspection at all.
    """
    parts = [part for part in layout.inspections if not missing_columns(part.needs, columns)]
    table = found.read()
    frame = table.named()
    used = {URN, *(name for part in parts for name in _all_columns(part))}
    faults = unread_cells(table, used)
    texts = {name: _plain(frame[name]) for name in used.intersection(columns)}
    dated = [name for part in parts for role in ("date", "published") for name in part.columns[role]]
    dates = read_dates(
        pd.DataFrame({name: texts[name] for name in dict.fromkeys(dated) if name in texts}), usual_day_first=True
    )
    row_numbers = frame.index.to_list()
    urns = _urns(frame[URN].str.strip(), URN, faults)
    found_before: dict[tuple[int, int, date], tuple[int, ReadInspection]] = {}
    skipped: list[tuple[str, tuple[int, int, date] | None]] = []
    for part in parts:
        for at, inspection in _inspections(part, texts, dates, urns, faults, skipped):
            number, earlier = found_before.setdefault(inspection.key, (row_numbers[at], inspection))
            if number != row_numbers[at] and earlier.judgements != inspection.judgements:
                what = f"another inspection of {inspection.inspected_urn} on the day of the one in row {number}"
                faults.append(FileFault(row_numbers[at], URN, what, "each inspection once"))
    if faults:
        raise FaultyFile(sorted(faults)[:MOST_FAULTS], count=len(faults))
    inspections = tuple(inspection for _, inspection in found_before.values())
    if not inspections:
        raise FaultyFile([FileFault(table.head_row, "", "no inspection with a date and a judgement", "at least one")])
    # A row of a year's list is about one inspection, whose judgements are in the columns of one kind only.
    counts = Counter(reason for reason, key in skipped if key not in found_before)
    return InspectionList(layout, inspections, len(frame), len(set(urns.dropna())), counts, table.left_out)


def _all_columns(part: DeclaredInspection) -> Iterator[str]:
    for names in part.columns.values():
        yield from names
    for area in part.areas:
        yield from area.columns


def _plain(texts: "pd.Series[str]") -> "pd.Series[str]":
    """Return texts without outer spaces, and empty where the list says that there is nothing."""
    plain = {text: text.strip() for text in map(str, texts.unique())}
    nothing = empty_words()
    return texts.map({text: "" if short.casefold() in nothing else short for text, short in plain.items()}).astype(
        object
    )


def _urns(texts: "pd.Series[str]", column: str, faults: list[FileFault]) -> pd.Series:
    low, high = KEY_RANGES["urn"]
    keys = pd.Series(keys_of(texts), index=texts.index)
    good = (keys >= low) & (keys <= high)
    faults += [
        key_fault(row, column, text, "urn")
        for row, text, is_good in zip(texts.index.to_list(), texts.to_list(), good.to_list(), strict=True)
        if not is_good
    ]
    return keys.where(good)


def _inspections(
    part: DeclaredInspection,
    texts: Mapping[str, "pd.Series[str]"],
    dates: pd.DataFrame,
    urns: pd.Series,
    faults: list[FileFault],
    skipped: list[tuple[str, tuple[int, int, date] | None]],
) -> Iterator[tuple[int, ReadInspection]]:
    """Yield the inspections of one kind, each with its row's position."""
    nothing = pd.Series("", index=urns.index, dtype=object)
    columns = {role: next((name for name in names if name in texts), "") for role, names in part.columns.items()}
    cells = {role: texts.get(name, nothing).to_list() for role, name in columns.items()}
    no_date = pd.Series(pd.NaT, index=urns.index)
    days = {role: dates.get(columns[role], no_date).to_list() for role in ("date", "published")}
    judged = _judgements(part, texts, faults)
    at_the_time = texts.get(columns["urn"], nothing)
    inspected = _urns(at_the_time[at_the_time != ""], columns["urn"], faults).to_dict()
    for at, (row, urn) in enumerate(zip(urns.index, urns, strict=True)):
        judgements = {title: words[at] for title, words in judged.items() if words[at]}
        day, published = days["date"][at], days["published"][at]
        if pd.isna(urn) or (pd.isna(day) and not judgements):
            continue
        if pd.isna(day):
            skipped.append((f"without a date ({part.part})", None))
            continue
        was = inspected.get(row, urn)
        if pd.isna(was):
            continue  # It is one of the faults.
        inspected_urn, start_date = int(was), day.date()
        if not judgements:
            skipped.append((f"without a judgement ({part.part})", (int(urn), inspected_urn, start_date)))
            continue
        yield (
            at,
            ReadInspection(
                urn=int(urn),
                inspected_urn=inspected_urn,
                inspected_name=cells["name"][at],
                start_date=start_date,
                published_date=None if pd.isna(published) else published.date(),
                framework=part.framework or framework_on(start_date),
                kind=cells["type"][at],
                number=cells["number"][at],
                judgements=judgements,
            ),
        )


def _judgements(
    part: DeclaredInspection, texts: Mapping[str, "pd.Series[str]"], faults: list[FileFault]
) -> dict[str, list[str]]:
    """Return the words for each area of every row, and note the cells with other words."""
    judged = {}
    for area in part.areas:
        name = next((name for name in area.columns if name in texts), "")
        if not name:
            continue
        if not area.words:
            judged[area.title] = texts[name].to_list()
            continue
        known = {"": "", **area.words}
        meanings = texts[name].str.casefold().map(known)
        expected = f"one of {', '.join(dict.fromkeys(area.words))}"
        faults += [
            FileFault(row, name, repr(text), expected)
            for row, text, is_unknown in zip(texts[name].index, texts[name], meanings.isna(), strict=True)
            if is_unknown
        ]
        judged[area.title] = meanings.fillna("").to_list()
    return judged

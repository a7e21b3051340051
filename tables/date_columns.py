"""Read columns of dates. A file's order of day and month is decided once, for all its dates together."""

import re
from datetime import datetime

import pandas as pd

from tables.faults import SpreadsheetFault, SpreadsheetRefused

NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[ T]\d{1,2}:\d\d.*)?")
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T].*)?")
FORMS = ("%Y-%m-%d", "%d %m %Y", "%d %m %y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y", "%d %b %y")
MOST_FAULTS = 100


def read_dates(frame: pd.DataFrame, *, usual_day_first: bool = False) -> pd.DataFrame:
    """Return the dates of columns of texts, NaT for an empty cell. The frame has all date columns of a file.

    A day above 12 anywhere in the file says which of two numbers is the day. ``usual_day_first`` is for a publisher who
    always writes the day first: its file may have no such day.

    Raises:
        SpreadsheetRefused: a cell is no date, the file has both orders, or nothing in it says which it has.

    >>> frame = pd.DataFrame({"joined": ["03/04/2024", "13/04/2024", "2024-09-01", ""]}, index=[2, 3, 4, 5])
    >>> [str(day)[:10] for day in read_dates(frame)["joined"]]
    ['2024-04-03', '2024-04-13', '2024-09-01', 'NaT']
    """
    texts = {text.strip() for column in frame for text in map(str, frame[column].unique())} - {""}
    parts = {text: found for text in texts if (found := _parts(text))}
    day_first = {text for text, (first, _) in parts.items() if first > 12}
    month_first = {text for text, (_, second) in parts.items() if second > 12}
    either = {text for text, (first, second) in parts.items() if first != second and max(first, second) <= 12}
    if day_first and month_first:
        raise _refused(
            frame,
            min(day_first, month_first, key=len),
            "The dates of the file have the day first in some cells and the month first in others: found “{text}”",
        )
    if either and not day_first and not month_first and not usual_day_first:
        raise _refused(frame, either, "“{text}” can be read as two dates, and no date in the file says which is meant")
    read = {text: _date(text, is_day_first=not month_first) for text in texts}
    if wrong := {text for text, day in read.items() if day is None}:
        raise _refused(frame, wrong, "“{text}” is not a date")
    stamps = {text: pd.Timestamp(day) for text, day in read.items() if day} | {"": pd.NaT}
    return pd.DataFrame({name: pd.to_datetime(column.str.strip().map(stamps)) for name, column in frame.items()})


def _parts(text: str) -> tuple[int, int] | None:
    found = NUMERIC.fullmatch(text)
    return (int(found[1]), int(found[3])) if found else None


def _date(text: str, *, is_day_first: bool) -> datetime | None:
    if found := NUMERIC.fullmatch(text):
        first, _, second, year = found.groups()
        text = f"{first} {second} {year}" if is_day_first else f"{second} {first} {year}"
    elif found := ISO.fullmatch(text):
        text = found[1]
    for form in FORMS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _refused(frame: pd.DataFrame, texts: set[str], what: str) -> SpreadsheetRefused:
    faults = [
        SpreadsheetFault(
            row=int(number),
            column=str(heading),
            what=what.format(text=text.strip()),
            todo="Write dates like 31 January 2026 or 2026-01-31",
        )
        for heading in frame
        for number, text in zip(frame.index, frame[heading], strict=True)
        if text.strip() in texts
    ]
    return SpreadsheetRefused(sorted(faults, key=lambda fault: fault.row or 0)[:MOST_FAULTS])

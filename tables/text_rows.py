"""Split the text of a CSV file into records: find its separator, and where its first records begin."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

SEPARATORS = (",", ";", "\t", "|")
START = 300_000  # Characters in which the first records are; the widest column headings have about 8,000.
FIRST_RECORDS = 60
SEP_LINE = re.compile(r'sep=([^"\r\n])\r?\n?', re.IGNORECASE)  # A quotation mark cannot be a separator.


@dataclass(frozen=True)
class TextRecord:
    """A record, its number as a spreadsheet counts, and the position of its first character."""

    number: int
    cells: list[str]
    start: int


@dataclass(frozen=True)
class TextStart:
    """How a text begins: its separator and its first records."""

    separator: str
    records: tuple[TextRecord, ...]


def start_of(text: str) -> TextStart:
    """Return the separator and the first records. A first line like ``sep=;`` is obeyed and not counted.

    >>> start_of("sep=;\\na;b")
    TextStart(separator=';', records=(TextRecord(number=1, cells=['a', 'b'], start=6),))
    """
    if stated := SEP_LINE.match(text):
        separator, begin = stated[1], stated.end()
    else:
        separator, begin = _separator(text[:START]), 0
    return TextStart(separator, tuple(_first_records(text, separator, begin)))


def records_of(text: str, separator: str, begin: int, number: int) -> Iterator[tuple[int, list[str]]]:
    """Read the records from a position on, the first of which has this number.

    Raises:
        csv.Error: a quotation mark is missing or in the wrong place, or a cell is far too long.
    """
    reader = csv.reader(StringIO(text[begin:], newline=""), delimiter=separator, strict=True)
    yield from enumerate(reader, number)


def _separator(start: str) -> str:
    """Return the separator with which most of the first records have the same number of cells."""

    def fit(separator: str) -> tuple[int, int]:
        widths = Counter(len(record.cells) for record in _first_records(start, separator, 0) if len(record.cells) > 1)
        return max(((records, width) for width, records in widths.items()), default=(0, 0))

    return max(SEPARATORS, key=fit)


def _first_records(text: str, separator: str, begin: int) -> list[TextRecord]:
    start = text[begin : begin + START]
    lines = _Lines(start, begin)
    records = []
    place = begin
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator), 1):
            records.append(TextRecord(number, cells, place))
            place = lines.end
            if number == FIRST_RECORDS:
                return records
    except csv.Error:
        return records
    # The last record may go on.
    return records[:-1] if begin + START < len(text) else records


class _Lines:
    """The lines of a text, and the position after the last one that was asked for."""

    def __init__(self, text: str, begin: int) -> None:
        self._lines, self.end = StringIO(text, newline=""), begin

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.end += len(line)
        return line

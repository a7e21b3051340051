"""Find the column headings of a table below its titles, in one row or two, and the notes below the table.

Pure: each row is its number and the texts of its cells.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

FIRST_ROWS = 20  # Search these for column headings: reports have a title and a date range above them.
ABOUT_AS_FULL = 0.7
NUMBER = re.compile(r"[-−+(]?[£$€]?[-−]?\d[\d,. \u00a0\u202f/:-]*%?\)?")
NOTE = re.compile(
    r"(source|sources|notes?|footnotes?|printed|exported|generated|created|report|page|©|\*|\d+ of \d+)\b|©|\*", re.I
)
Row = tuple[int, Sequence[str]]
Fits = Callable[[Sequence[str]], bool]


@dataclass(frozen=True)
class Headings:
    """The column headings, and the positions of their rows among the rows that were searched."""

    names: tuple[str, ...]
    first: int
    last: int


def normal_name(column: str) -> str:
    """Return a column's name for comparison: in capitals, without outer or repeated spaces.

    >>> normal_name("Pupil:     Teacher Ratio ")
    'PUPIL: TEACHER RATIO'
    """
    return " ".join(column.split()).upper()


def letter_heading(at: int) -> str:
    """Name a column without a heading.

    >>> letter_heading(3)
    'Column D'
    """
    return f"Column {get_column_letter(at + 1)}"


def find_headings(rows: Sequence[Row], fits: Fits | None = None) -> Headings | None:
    """Return the column headings among the first rows that are not empty, or None without any.

    The headings are the first row that ``fits``, or else the first that is about as full as the fullest.
    """
    near = rows[:FIRST_ROWS]
    fitting = (at for at, (_, texts) in enumerate(near) if fits and fits(_tidied(texts)))
    if (at := next(fitting, None)) is not None:
        return Headings(_tidied(near[at][1]), at, at)
    fullest = max((_filled(texts) for _, texts in near), default=0)
    at = _top_row(near, fullest)
    return None if fullest < 2 or _has_number(near[at][1]) else _with_second_row(near, at, fullest)


def _top_row(near: Sequence[Row], fullest: int) -> int:
    """Return the position of the first row that is about as full as the fullest, or of the one with words above it."""
    at = next((at for at, (_, texts) in enumerate(near) if _filled(texts) > ABOUT_AS_FULL * fullest), 0)
    if at and _has_number(near[at][1]) and _filled(near[at - 1][1]) > 1 and not _has_number(near[at - 1][1]):
        at -= 1  # Many columns have no heading.
    return at


def _with_second_row(near: Sequence[Row], at: int, fullest: int) -> Headings:
    names = _tidied(near[at][1])
    if not _lacks(names, fullest):
        return Headings(names, at, at)
    if at and _goes_above(near, at):
        return Headings(_joined(_tidied(near[at - 1][1]), names), at - 1, at)
    if _is_second(near, at):
        return Headings(_joined(names, _tidied(near[at + 1][1])), at, at + 1)
    return Headings(names, at, at)


def notes_below(rows: Sequence[Row], width: int) -> int:
    """Return how many of the last rows are notes below a table of this width.

    A note has next to no cells, and follows an empty row or says that it is one.
    """
    if width < 3:
        return 0
    most = 1 if width < 6 else 2
    notes = 0
    for back in range(1, len(rows)):
        (before, _), (number, texts) = rows[-back - 1], rows[-back]
        first = next((text.strip() for text in texts if text.strip()), "")
        if not first or _filled(texts) > most or NUMBER.fullmatch(first):
            break
        if number > before + 1 or NOTE.match(first):
            notes = back
    return notes


def _tidied(texts: Sequence[str]) -> tuple[str, ...]:
    names = [" ".join(text.split()) for text in texts]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _filled(texts: Sequence[str]) -> int:
    return sum(bool(text.strip()) for text in texts)


def _has_number(texts: Sequence[str]) -> bool:
    return any(NUMBER.fullmatch(text.strip()) for text in texts if text.strip())


def _lacks(names: Sequence[str], width: int) -> bool:
    """Whether a row of column headings has gaps or repeats, as one of two such rows has."""
    filled = [name for name in names if name]
    return len(filled) < max(len(names), width) or len(set(filled)) < len(filled)


def _goes_above(near: Sequence[Row], at: int) -> bool:
    """Whether the row above has column headings too, and no title."""
    (above, upper), (number, lower) = near[at - 1], near[at]
    if above + 1 != number or _has_number(upper):
        return False
    fills = any(text.strip() and not (place < len(lower) and lower[place].strip()) for place, text in enumerate(upper))
    return _filled(upper) > 1 or fills


def _is_second(near: Sequence[Row], at: int) -> bool:
    """Whether the row below has column headings too: words where the rows below it have numbers."""
    if len(near) < at + 3 or near[at][0] + 1 != near[at + 1][0] or _has_number(near[at + 1][1]):
        return False
    lower, later = near[at + 1][1], [texts for _, texts in near[at + 2 :]]
    return any(
        text.strip() and any(place < len(texts) and NUMBER.fullmatch(texts[place].strip()) for texts in later)
        for place, text in enumerate(lower)
    )


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Join two rows of column headings. The upper is named only where the lower alone does not say which column it is.

    >>> _joined(("Pupil", "Autumn", "", "Spring"), ("", "Possible", "Missed", "Possible"))
    ('Pupil', 'Autumn – Possible', 'Missed', 'Spring – Possible')
    """
    width = max(len(upper), len(lower))
    above, below = ([*names, *[""] * (width - len(names))] for names in (upper, lower))
    times = Counter(name for name in below if name)
    names, group = [], ""
    for high, low in zip(above, below, strict=True):
        group = high or group
        names.append(f"{group} – {low}" if times[low] > 1 and group else low or high)
    return tuple(names)

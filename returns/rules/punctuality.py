"""Describe whether a return was on time. Whether it is complete is a separate measure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Punctuality:
    """How early or late a return is."""

    words: str
    is_late: bool
    days: int  # Above 0 if late, otherwise 0 or below.


def punctuality_of(due: date, *, submitted: date | None, on: date) -> Punctuality:
    """Compare the first submission with the due date, or the date ``on`` if nothing was submitted yet.

    >>> due = date(2025, 12, 12)
    >>> punctuality_of(due, submitted=date(2025, 12, 12), on=date(2025, 12, 20)).words
    'On time'
    >>> punctuality_of(due, submitted=None, on=date(2025, 12, 13)).words
    '1 day overdue'
    """
    days = ((submitted or on) - due).days
    late = days > 0
    counted = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
    if submitted:
        words = f"{counted} late" if late else "On time"
    elif late:
        words = f"{counted} overdue"
    else:
        words = f"Due in {counted}" if days else "Due today"
    return Punctuality(words=words, is_late=late, days=days)

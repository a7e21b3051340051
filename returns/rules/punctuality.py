"""Describe whether a return was on time. Whether it is complete is a separate measure."""

from dataclasses import dataclass
from datetime import date

from followup.rules.reminders import CHASED_FOR


@dataclass(frozen=True, kw_only=True)
class Punctuality:
    """How early or late a return is."""

    words: str
    is_late: bool
    days: int  # Above 0 if late, otherwise 0 or below.
    is_not_entered: bool = False  # Nobody opened it for so long that nobody is asked for it any more.


def punctuality_of(due: date, *, submitted: date | None, on: date, is_opened: bool = True) -> Punctuality:
    """Compare the first submission with the due date, or the date ``on`` if nothing was submitted yet.

    A return that nobody opened is overdue only for as long as people get reminders about it.

    >>> due = date(2025, 12, 12)
    >>> punctuality_of(due, submitted=date(2025, 12, 12), on=date(2025, 12, 20)).words
    'On time'
    >>> punctuality_of(due, submitted=None, on=date(2025, 12, 13)).words
    '1 day overdue'
    >>> punctuality_of(due, submitted=None, on=date(2026, 12, 13), is_opened=False).words
    'Not entered'
    """
    if not is_opened and on - due > CHASED_FOR:
        return Punctuality(words="Not entered", is_late=False, days=(on - due).days, is_not_entered=True)
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

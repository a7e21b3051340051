"""Say when reminders may go out: in working hours, on days when the trust's schools are open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from schools.rules import bank_holidays

LOOKED_AHEAD = 400  # Days. A calendar without a school day in them is taken to have no school days.
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DateRange:
    """A range of days, including the first and the last."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True)
class SchoolDays:
    """The days on which a trust's schools are open: its terms without half-term holidays, weekends and bank holidays.

    >>> autumn = SchoolDays(terms=(DateRange(date(2025, 9, 1), date(2025, 12, 19)),),
    ...                     breaks=(DateRange(date(2025, 10, 27), date(2025, 10, 31)),))
    >>> date(2025, 10, 24) in autumn, date(2025, 10, 25) in autumn, date(2025, 10, 28) in autumn
    (True, False, False)
    """

    terms: tuple[DateRange, ...]
    breaks: tuple[DateRange, ...] = ()

    def __contains__(self, day: date) -> bool:
        in_term = any(day in dates for dates in self.terms) and not any(day in dates for dates in self.breaks)
        return in_term and is_working(day)

    def first_from(self, day: date) -> date:
        """Return ``day`` or the next school day; the next working day if the calendar has no school days."""
        ahead = [day + timedelta(days=count) for count in range(LOOKED_AHEAD)]
        found = next((later for later in ahead if later in self), None)
        return found or next(later for later in ahead if is_working(later))

    def between(self, first: date, last: date) -> int:
        """Count the school days after ``first`` and up to ``last``."""
        return sum(day in self for day in _days(first + A_DAY, last))


@dataclass(frozen=True, kw_only=True)
class SendingHours:
    """The hours of the day in which reminders go out."""

    opens: time
    closes: time

    def holds(self, moment: datetime, days: SchoolDays) -> bool:
        """Say whether a reminder may go out at a moment, in the trust's local time."""
        return moment.date() in days and self.opens <= moment.time() < self.closes

    def next_opening(self, moment: datetime, days: SchoolDays) -> datetime:
        """Return the moment if reminders may go out then, or else the next morning when they may.

        >>> hours = SendingHours(opens=time(7, 30), closes=time(17, 30))
        >>> autumn = SchoolDays(terms=(DateRange(date(2025, 9, 1), date(2025, 12, 19)),))
        >>> hours.next_opening(datetime(2025, 11, 21, 18, 5), autumn).isoformat(" ", "minutes")
        '2025-11-24 07:30'
        """
        if self.holds(moment, days):
            return moment
        later = moment.time() >= self.opens
        day = days.first_from(moment.date() + (A_DAY if later else timedelta()))
        return datetime.combine(day, self.opens, tzinfo=moment.tzinfo)


@lru_cache(maxsize=2000)
def is_working(day: date) -> bool:
    """Say whether a day is neither on a weekend nor a bank holiday. Cached: callers ask about the same few days."""
    return bank_holidays.is_working(day)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))

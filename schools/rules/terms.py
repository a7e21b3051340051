"""Name and order school years, terms and half-terms, and find those of a day.

A school year is stored as the calendar year it ends in: 2026 is 2025–26. Nothing reads the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

HALF_TERMS = (1, 2, 3, 4, 5, 6)
FIRST_MONTH = 9  # A school year starts on 1 September.


class TermOfYear(StrEnum):
    """One of the three terms of a school year, in order."""

    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER = "summer"

    @property
    def number(self) -> int:
        """Return 1 for autumn, 2 for spring and 3 for summer."""
        return _NUMBERS[self]


_NUMBERS = {term: number for number, term in enumerate(TermOfYear, start=1)}


class NotAPeriod(ValueError):
    """A half-term outside its term, or without a term."""


@dataclass(frozen=True)
class Period:
    """A school year, one of its terms, or one of its half-terms.

    >>> Period(2026, TermOfYear.AUTUMN).label, Period(2026, TermOfYear.SPRING).label, Period(2026).label
    ('autumn 2025', 'spring 2026', '2025–26')
    """

    school_year: int
    term: TermOfYear | None = None
    half_term: int | None = None  # 1 to 6 within the school year.

    def __post_init__(self) -> None:
        if self.half_term is None:
            return
        if self.half_term not in HALF_TERMS or self.term is not term_of(self.half_term):
            raise NotAPeriod(f"half-term {self.half_term} is not in the {self.term or 'whole year'}")

    @property
    def label(self) -> str:
        """Return the period's name with its calendar year. A half-term is the first or second half of its term."""
        if self.term is None:
            return school_year_label(self.school_year)
        calendar_year = self.school_year - 1 if self.term is TermOfYear.AUTUMN else self.school_year
        if self.half_term is None:
            return f"{self.term} {calendar_year}"
        return f"{'first' if self.half_term % 2 else 'second'} half of {self.term} {calendar_year}"

    @property
    def order(self) -> tuple[int, int]:
        """Return a key that sorts periods by their end. A whole year comes after its terms."""
        if self.term is None:
            return self.school_year, 7
        return self.school_year, self.half_term or self.term.number * 2

    def same_a_year_earlier(self, years: int = 1) -> "Period":
        """Return the same term or half-term of an earlier school year."""
        return Period(self.school_year - years, self.term, self.half_term)

    def previous(self) -> "Period":
        """Return the period of the same length just before this one."""
        return self._moved(-1)

    def next(self) -> "Period":
        """Return the period of the same length just after this one."""
        return self._moved(1)

    def _moved(self, steps: int) -> "Period":
        if self.term is None:
            return Period(self.school_year + steps)
        if self.half_term is None:
            years, place = divmod(self.term.number - 1 + steps, 3)
            return Period(self.school_year + years, list(TermOfYear)[place])
        years, place = divmod(self.half_term - 1 + steps, 6)
        return Period(self.school_year + years, term_of(place + 1), place + 1)


def school_year_label(school_year: int) -> str:
    """Return a school year as pages show it.

    >>> school_year_label(2026), school_year_label(2000)
    ('2025–26', '1999–00')
    """
    return f"{school_year - 1}–{school_year % 100:02d}"


def school_year_code(school_year: int) -> str:
    """Return a school year as files and URLs write it.

    >>> school_year_code(2026)
    '2025-26'
    """
    return school_year_label(school_year).replace("–", "-")


def school_year_on(day: date) -> int:
    """Return the school year of a day.

    >>> school_year_on(date(2025, 9, 1)), school_year_on(date(2026, 8, 31))
    (2026, 2026)
    """
    return day.year + (day.month >= FIRST_MONTH)


def term_of(half_term: int) -> TermOfYear:
    """Return the term of a half-term (1 to 6)."""
    return list(TermOfYear)[(half_term - 1) // 2]


def usual_starts(school_year: int) -> dict[int, date]:
    """Return the usual first day of each half-term, for a trust without its own calendar.

    Our convention, close to the dates of most English schools: 1 September; 1 November; 1 January; the Monday
    after the third Monday of February; the Monday after Easter Sunday or 8 April, whichever is later, but
    at most 20 April; 1 June.
    """
    february = date(school_year, 2, 1)
    third_monday = february + timedelta(days=(-february.weekday()) % 7 + 14)
    summer = min(max(easter(school_year) + timedelta(days=1), date(school_year, 4, 8)), date(school_year, 4, 20))
    return {
        1: date(school_year - 1, FIRST_MONTH, 1),
        2: date(school_year - 1, 11, 1),
        3: date(school_year, 1, 1),
        4: third_monday + timedelta(days=7),
        5: summer,
        6: date(school_year, 6, 1),
    }


@dataclass(frozen=True)
class TermDays:
    """The first and last day of a term, and the due date of its returns."""

    starts: date
    ends: date
    due: date


def usual_days(period: Period) -> TermDays:
    """Return the usual days of a term, for a trust without its own calendar.

    A term starts with its first half-term and ends ten days before the next term starts, or on 22 July. Returns are due
    a week before the end. Our convention, as for ``usual_starts``.

    Raises:
        NotAPeriod: the period is a whole year.

    >>> usual_days(Period(2026, TermOfYear.AUTUMN))
    TermDays(starts=datetime.date(2025, 9, 1), ends=datetime.date(2025, 12, 22), due=datetime.date(2025, 12, 15))
    """
    if period.term is None:
        raise NotAPeriod(f"{period.label} is not a term")
    starts, first_half = usual_starts(period.school_year), 2 * period.term.number - 1
    is_last = period.term is TermOfYear.SUMMER
    ends = date(period.school_year, 7, 22) if is_last else starts[first_half + 2] - timedelta(days=10)
    return TermDays(starts=starts[first_half], ends=ends, due=ends - timedelta(days=7))


def half_term_on(day: date, starts: Mapping[Period, date] | None = None) -> Period:
    """Return the half-term of a day: the newest that has started. A holiday belongs to the half-term before it.

    ``starts`` has first days of half-terms from the trust's calendar; the others start on their usual days. An autumn
    term that starts in August brings its school year forward. One that starts later has its first half-term from
    1 September, because the school year starts then.
    """
    return max((period for period, start in _first_days(day, starts).items() if start <= day), key=_order)


def newest_half_term(half_term: int, day: date, starts: Mapping[Period, date] | None = None) -> Period:
    """Return the newest half-term with this number (1 to 6) that has started by ``day``. ``starts`` as above.

    >>> newest_half_term(6, date(2027, 9, 15)).label, newest_half_term(1, date(2027, 9, 15)).label
    ('second half of summer 2027', 'first half of autumn 2027')
    """
    first_days = _first_days(day, starts)
    return max(
        (period for period, start in first_days.items() if period.half_term == half_term and start <= day), key=_order
    )


def _first_days(day: date, starts: Mapping[Period, date] | None) -> dict[Period, date]:
    """Return the first days of the half-terms that may be the newest on ``day``: of its school year, and of those
    before and after."""
    found = {}
    for school_year in range(school_year_on(day) - 1, school_year_on(day) + 2):
        for half_term, usual in usual_starts(school_year).items():
            period = Period(school_year, term_of(half_term), half_term)
            found[period] = (starts or {}).get(period, usual)
        autumn = Period(school_year, TermOfYear.AUTUMN, 1)
        found[autumn] = min(found[autumn], date(school_year - 1, FIRST_MONTH, 1))
    return found


def _order(period: Period) -> tuple[int, int]:
    return period.order


def term_on(day: date, starts: Mapping[Period, date] | None = None) -> Period:
    """Return the term of a day.

    >>> term_on(date(2025, 12, 12)).label
    'autumn 2025'
    """
    half = half_term_on(day, starts)
    return Period(half.school_year, half.term)


def easter(year: int) -> date:
    """Return Easter Sunday in the Gregorian calendar.

    Source: the anonymous Gregorian computus.

    >>> easter(2025), easter(2026)
    (datetime.date(2025, 4, 20), datetime.date(2026, 4, 5))
    """
    century, of_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)

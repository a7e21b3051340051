"""Read a trust's calendar, and find the term of a day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

from schools.models import Season, Term
from schools.rules import terms
from schools.rules.bank_holidays import bank_holidays
from schools.rules.calendar import TermPlan, calendar_warnings, half_term_starts
from schools.rules.terms import Period, school_year_label, school_year_on
from tables.dates import weekday_in_words

CALENDAR_HEADINGS = [
    "School year",
    "Term",
    "Starts",
    "Half-term holiday starts",
    "Half-term holiday ends",
    "Ends",
    "Returns due",
]


@dataclass(frozen=True, kw_only=True)
class CalendarYear:
    """One school year of the trust's calendar, with warnings about unusual days."""

    school_year: int
    plans: tuple[TermPlan, ...]

    @property
    def label(self) -> str:
        return school_year_label(self.school_year)

    @property
    def warnings(self) -> list[str]:
        return calendar_warnings(self.plans)

    @property
    def holidays(self) -> list[tuple[str, str]]:
        """Return the bank holidays from September to August, each as day and name."""
        year = self.school_year
        days = {day: name for calendar_year in (year - 1, year) for day, name in bank_holidays(calendar_year).items()}
        return [(weekday_in_words(day), name) for day, name in days.items() if school_year_on(day) == year]


def calendar_years() -> list[CalendarYear]:
    """Return the school years of the calendar in scope, newest first. One query."""
    found: dict[int, list[TermPlan]] = defaultdict(list)
    for term in Term.objects.order_by("school_year", "season"):
        found[term.school_year].append(plan_of(term))
    return [CalendarYear(school_year=year, plans=tuple(found[year])) for year in sorted(found, reverse=True)]


def half_term_on(day: date) -> Period:
    """Return the half-term of a day by the trust's calendar, or by the usual days if the calendar has none. One query.

    A holiday belongs to the half-term before it.
    """
    return terms.half_term_on(day, _starts_near(day))


def newest_half_term(half_term: int, day: date) -> Period:
    """Return the newest half-term with this number (1 to 6) that has started by ``day``, as above. One query."""
    return terms.newest_half_term(half_term, day, _starts_near(day))


def _starts_near(day: date) -> dict[Period, date]:
    year = school_year_on(day)
    found = Term.objects.filter(school_year__range=(year - 1, year + 1)).order_by("school_year", "season")
    return half_term_starts([plan_of(term) for term in found])


def plan_of(term: Term) -> TermPlan:
    """Return a stored term in the form that the rules use."""
    return TermPlan(
        period=period_of(term.school_year, term.season),
        starts=term.starts_date,
        ends=term.ends_date,
        due=term.due_date,
        break_starts=term.break_starts_date,
        break_ends=term.break_ends_date,
    )


def calendar_table(years: list[CalendarYear]) -> list[list[object]]:
    """Return the calendar as a table with column headings, for a file."""
    table: list[list[object]] = [list(CALENDAR_HEADINGS)]
    for year in years:
        for plan in year.plans:
            holiday = (plan.break_starts, plan.break_ends)
            table.append([year.label, plan.name, plan.starts, *holiday, plan.ends, plan.due])
    return table


TERMS_BY_SEASON = {
    Season.AUTUMN: terms.TermOfYear.AUTUMN,
    Season.SPRING: terms.TermOfYear.SPRING,
    Season.SUMMER: terms.TermOfYear.SUMMER,
}


@cache
def period_of(school_year: int, season: int) -> Period:
    """Return the period for a row's school year and season."""
    return Period(school_year, TERMS_BY_SEASON.get(Season(season)))


def season_of(period: Period) -> Season:
    """Return the season of rows in this period."""
    return Season(period.term.number) if period.term else Season.YEAR


def term_in_view(terms: list[Term], term_id: str) -> Term | None:
    """Return the term with the ID ``term_id``, or the newest; None without terms. ``terms`` has the newest first."""
    return next((term for term in terms if str(term.pk) == term_id), terms[0] if terms else None)

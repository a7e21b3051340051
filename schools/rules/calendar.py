"""A trust's calendar: what is wrong with it, what is odd, and how a year becomes the next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schools.rules.bank_holidays import is_working, name_of
from schools.rules.terms import FIRST_MONTH, Period, Term, usual_days

A_YEAR = timedelta(weeks=52)  # Weekdays stay weekdays.
LATEST_DUE = timedelta(weeks=6)  # After the end of the term: later, and the next term's return is open.
SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class TermPlan:
    """The days of one term. The half-term holiday may be left out, but only as a whole."""

    period: Period
    starts: date
    ends: date
    due: date
    break_starts: date | None = None
    break_ends: date | None = None

    @property
    def name(self) -> str:
        """Name the term, as a sentence begins."""
        return self.period.label.capitalize()


@dataclass(frozen=True)
class CalendarFault:
    """What is wrong: the term, the field, and words that say what to do."""

    term: Term
    field: str
    message: str


def calendar_faults(plans: Sequence[TermPlan], others: Iterable[TermPlan] = ()) -> list[CalendarFault]:
    """Return what a calendar may not have. ``others`` are the terms of other years, which no term may overlap."""
    of_other_years = list(others)
    return [
        CalendarFault(plan.period.term, field, message)
        for plan in plans
        if plan.period.term
        for field, message in [
            *_inside(plan),
            *_beside(plan, [*plans, *of_other_years]),
            *_before(plan, of_other_years),
        ]
    ]


def _inside(plan: TermPlan) -> Iterator[tuple[str, str]]:
    if plan.ends <= plan.starts:
        yield "ends", f"{plan.name} must end after it starts"
    if plan.due <= plan.starts:
        yield "due", f"{plan.name}: returns must be due after the term starts"
    elif plan.due > plan.ends + LATEST_DUE:
        yield "due", f"{plan.name}: returns must be due at most six weeks after the term ends"
    first, last = plan.break_starts, plan.break_ends
    if (first is None) != (last is None):
        yield (
            "break_ends" if first else "break_starts",
            f"{plan.name}: give both ends of the half-term holiday, or none",
        )
    elif first and last and not plan.starts < first <= last < plan.ends:
        yield (
            "break_starts",
            f"{plan.name}: the half-term holiday must lie inside the term, its first day before its last",
        )


def _beside(plan: TermPlan, all_: Sequence[TermPlan]) -> Iterator[tuple[str, str]]:
    for other in all_:
        if other.period.order < plan.period.order and plan.starts <= other.ends:
            yield "starts", f"{plan.name} must start after {other.period.label} ends, on {other.ends:%-d %B %Y}"
        if other.period.order > plan.period.order and other.starts <= plan.starts:
            yield "starts", f"{plan.name} must start before {other.period.label}, which starts on {_day(other.starts)}"


def _before(plan: TermPlan, later: Sequence[TermPlan]) -> Iterator[tuple[str, str]]:
    for other in later:  # Of two terms of one year, the later one has the fault.
        if other.period.order > plan.period.order and plan.ends >= other.starts:
            yield "ends", f"{plan.name} must end before {other.period.label} starts, on {_day(other.starts)}"


def calendar_warnings(plans: Iterable[TermPlan]) -> list[str]:
    """Return what is possible and odd, in sentences: a day on a weekend, on a bank holiday, or due in a holiday.

    >>> from datetime import date
    >>> odd = TermPlan(period=Period(2026, Term.AUTUMN), starts=date(2025, 9, 1), ends=date(2025, 12, 19),
    ...                due=date(2025, 12, 13))
    >>> calendar_warnings([odd])
    ['Autumn 2025: returns are due on a Saturday, 13 December 2025.']
    """
    return [f"{plan.name}: {each}." for plan in plans for each in _odd(plan)]


def _odd(plan: TermPlan) -> Iterator[str]:
    for what, day in (("the term starts", plan.starts), ("the term ends", plan.ends), ("returns are due", plan.due)):
        if day.weekday() >= SATURDAY:
            yield f"{what} on a {day:%A}, {_day(day)}"
        elif holiday := name_of(day):
            yield f"{what} on {holiday}, {_day(day)}"
    in_break = plan.break_starts and plan.break_ends and plan.break_starts <= plan.due <= plan.break_ends
    if plan.due > plan.ends or in_break:
        yield f"returns are due in the holidays, on {_day(plan.due)}"


def usual_plan(period: Period) -> TermPlan:
    """Return a term where a trust has not entered its own: the usual days moved to working days, with the week that
    most English schools take as the half-term holiday.

    Our convention, as for ``usual_days``: the week of the last Monday of October, of the third Monday of February, of
    the last Monday of May.

    >>> from schools.rules.terms import Term
    >>> plan = usual_plan(Period(2025, Term.AUTUMN))
    >>> plan.starts, plan.break_starts, plan.ends
    (datetime.date(2024, 9, 2), datetime.date(2024, 10, 28), datetime.date(2024, 12, 20))
    """
    days, year = usual_days(period), period.school_year
    monday = {
        Term.AUTUMN: _monday(date(year - 1, 10, 31)),
        Term.SPRING: _monday(date(year, 2, 21)),  # The third is on the 15th to the 21st.
        Term.SUMMER: _monday(date(year, 5, 31)),
    }[period.term or Term.AUTUMN]
    return TermPlan(
        period=period, starts=_forward(days.starts), ends=_back(days.ends), due=_back(days.due), break_starts=monday,
        break_ends=monday + timedelta(days=4),
    )  # fmt: skip


def half_term_starts(plans: Iterable[TermPlan]) -> dict[int, date]:
    """Return the first day of each half-term (1 to 6) that terms say: after the holiday, the next working day.

    >>> from schools.rules.terms import Term
    >>> half_term_starts([usual_plan(Period(2026, Term.AUTUMN))])
    {1: datetime.date(2025, 9, 1), 2: datetime.date(2025, 11, 3)}
    """
    found = {}
    for plan in plans:
        if plan.period.term:
            first = 2 * plan.period.term.number - 1
            found[first] = plan.starts
            if plan.break_ends:
                found[first + 1] = _forward(plan.break_ends + timedelta(days=1))
    return found


def next_year(plans: Iterable[TermPlan]) -> list[TermPlan]:
    """Return the same terms a school year later: 52 weeks on, so that a Monday stays a Monday.

    A first day on a bank holiday or before 1 September becomes the next working day; a last or due day on a bank
    holiday the working day before.
    """
    return [
        TermPlan(
            period=plan.period.same_a_year_earlier(-1),
            starts=_forward(max(plan.starts + A_YEAR, date(plan.period.school_year, FIRST_MONTH, 1))),
            ends=_back(plan.ends + A_YEAR),
            due=_back(plan.due + A_YEAR),
            break_starts=plan.break_starts and plan.break_starts + A_YEAR,
            break_ends=plan.break_ends and plan.break_ends + A_YEAR,
        )
        for plan in plans
    ]


def whole_year(school_year: int, plans: Iterable[TermPlan]) -> list[TermPlan]:
    """Return the three terms of a school year: those of ``plans``, and usual ones in the place of any that are not.

    >>> [plan.name for plan in whole_year(2026, [])]
    ['Autumn 2025', 'Spring 2026', 'Summer 2026']
    """
    there = {plan.period: plan for plan in plans}
    return [there.get(period) or usual_plan(period) for period in (Period(school_year, term) for term in Term)]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _forward(day: date) -> date:
    while not is_working(day):
        day += timedelta(days=1)
    return day


def _back(day: date) -> date:
    while not is_working(day):
        day -= timedelta(days=1)
    return day


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"

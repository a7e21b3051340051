"""Check a trust's calendar for faults and unusual days, and make the next year from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schools.rules.bank_holidays import bank_holiday_name, is_working
from schools.rules.terms import FIRST_MONTH, Period, TermOfYear, usual_days
from tables.dates import day_in_words

A_YEAR = timedelta(weeks=52)  # Weekdays stay weekdays.
LATEST_DUE = timedelta(weeks=6)  # After the end of the term. Any later, and the next term's return is open.
SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class TermPlan:
    """The days of one term. The half-term holiday has both days or neither."""

    period: Period
    starts: date
    ends: date
    due: date
    break_starts: date | None = None
    break_ends: date | None = None

    @property
    def name(self) -> str:
        """Return the term's name with a capital letter."""
        return self.period.label.capitalize()


@dataclass(frozen=True)
class CalendarFault:
    """One fault: the term, the field, and a message that says what to do."""

    term: TermOfYear
    field: str
    message: str


def calendar_faults(plans: Sequence[TermPlan], others: Iterable[TermPlan] = ()) -> list[CalendarFault]:
    """Return the faults of a calendar. ``others`` has the terms of other years, which must not overlap."""
    of_other_years = list(others)
    return [
        CalendarFault(plan.period.term, field, message)
        for plan in plans
        if plan.period.term
        for field, message in [
            *_inside(plan),
            *_after(plan, [*plans, *of_other_years]),
            *_before(plan, of_other_years),
        ]
    ]


def _inside(plan: TermPlan) -> Iterator[tuple[str, str]]:
    if plan.ends <= plan.starts:
        yield "ends", f"{plan.name} must end after it starts"
    if plan.due <= plan.starts:
        yield "due", f"{plan.name}: returns must be due after the term starts"
    elif plan.due > plan.ends + LATEST_DUE:
        yield "due", f"{plan.name}: returns must be due within 6 weeks of the end of term"
    first, last = plan.break_starts, plan.break_ends
    if (first is None) != (last is None):
        yield (
            "break_ends" if first else "break_starts",
            f"{plan.name}: enter both days of the half-term holiday, or neither",
        )
    elif first and last and not plan.starts < first <= last < plan.ends:
        yield (
            "break_starts",
            f"{plan.name}: the half-term holiday must be within the term, and its first day must come before its last",
        )


def _after(plan: TermPlan, all_: Sequence[TermPlan]) -> Iterator[tuple[str, str]]:
    for other in all_:
        if other.period.order < plan.period.order and plan.starts <= other.ends:
            yield "starts", f"{plan.name} must start after {other.period.label} ends, on {day_in_words(other.ends)}"
        if other.period.order > plan.period.order and other.starts <= plan.starts:
            yield (
                "starts",
                f"{plan.name} must start before {other.period.label}, which starts on {day_in_words(other.starts)}",
            )


def _before(plan: TermPlan, later: Sequence[TermPlan]) -> Iterator[tuple[str, str]]:
    for other in later:  # Within a year, the later of two terms gets the fault.
        if other.period.order > plan.period.order and plan.ends >= other.starts:
            yield "ends", f"{plan.name} must end before {other.period.label} starts, on {day_in_words(other.starts)}"


def calendar_warnings(plans: Iterable[TermPlan]) -> list[str]:
    """Return unusual days in sentences: on a weekend, on a bank holiday, or returns due in a holiday.

    >>> from datetime import date
    >>> plan = TermPlan(period=Period(2026, TermOfYear.AUTUMN), starts=date(2025, 9, 1), ends=date(2025, 12, 19),
    ...                 due=date(2025, 12, 13))
    >>> calendar_warnings([plan])
    ['Autumn 2025: returns are due on a Saturday, 13 December 2025.']
    """
    return [f"{plan.name}: {warning}." for plan in plans for warning in _unusual(plan)]


def _unusual(plan: TermPlan) -> Iterator[str]:
    for what, day in (("the term starts", plan.starts), ("the term ends", plan.ends), ("returns are due", plan.due)):
        if day.weekday() >= SATURDAY:
            yield f"{what} on a {day:%A}, {day_in_words(day)}"
        elif holiday := bank_holiday_name(day):
            yield f"{what} on {holiday}, {day_in_words(day)}"
    in_break = plan.break_starts and plan.break_ends and plan.break_starts <= plan.due <= plan.break_ends
    if plan.due > plan.ends or in_break:
        yield f"returns are due in the holidays, on {day_in_words(plan.due)}"


def usual_plan(period: Period) -> TermPlan:
    """Return a term with the usual days, moved to working days, and the half-term holiday of most English schools.

    Our convention for the holiday, as for ``usual_days``: the week of the last Monday in October, of the third Monday
    in February and of the last Monday in May.

    >>> from schools.rules.terms import TermOfYear
    >>> plan = usual_plan(Period(2025, TermOfYear.AUTUMN))
    >>> plan.starts, plan.break_starts, plan.ends
    (datetime.date(2024, 9, 2), datetime.date(2024, 10, 28), datetime.date(2024, 12, 20))
    """
    days, year = usual_days(period), period.school_year
    monday = {
        TermOfYear.AUTUMN: _monday(date(year - 1, 10, 31)),
        TermOfYear.SPRING: _monday(date(year, 2, 21)),  # The third Monday is between the 15th and the 21st.
        TermOfYear.SUMMER: _monday(date(year, 5, 31)),
    }[period.term or TermOfYear.AUTUMN]
    return TermPlan(
        period=period, starts=_forward(days.starts), ends=_back(days.ends), due=_back(days.due), break_starts=monday,
        break_ends=monday + timedelta(days=4),
    )  # fmt: skip


def half_term_starts(plans: Iterable[TermPlan]) -> dict[Period, date]:
    """Return the first day of each half-term in ``plans``. A second half starts on the first working day after the
    holiday.

    >>> from schools.rules.terms import TermOfYear
    >>> [str(day) for day in half_term_starts([usual_plan(Period(2026, TermOfYear.AUTUMN))]).values()]
    ['2025-09-01', '2025-11-03']
    """
    found = {}
    for plan in plans:
        if term := plan.period.term:
            first_half, second_half = (Period(plan.period.school_year, term, 2 * term.number - 1 + at) for at in (0, 1))
            found[first_half] = plan.starts
            if plan.break_ends:
                found[second_half] = _forward(plan.break_ends + timedelta(days=1))
    return found


def next_year(plans: Iterable[TermPlan]) -> list[TermPlan]:
    """Return the same terms 52 weeks later, so that a Monday stays a Monday.

    A first day on a bank holiday moves to the next working day. So does one that would fall before 1 September if this
    year's does not. A last day or due date on a bank holiday moves to the previous working day.
    """
    return [
        TermPlan(
            period=plan.period.same_a_year_earlier(-1),
            starts=_forward(_a_year_on(plan)),
            ends=_back(plan.ends + A_YEAR),
            due=_back(plan.due + A_YEAR),
            break_starts=plan.break_starts and plan.break_starts + A_YEAR,
            break_ends=plan.break_ends and plan.break_ends + A_YEAR,
        )
        for plan in plans
    ]


def _a_year_on(plan: TermPlan) -> date:
    starts_in_august = plan.starts < date(plan.period.school_year - 1, FIRST_MONTH, 1)
    earliest = date.min if starts_in_august else date(plan.period.school_year, FIRST_MONTH, 1)
    return max(plan.starts + A_YEAR, earliest)


def whole_year(school_year: int, plans: Iterable[TermPlan]) -> list[TermPlan]:
    """Return the three terms of a school year, from ``plans`` or with the usual days.

    >>> [plan.name for plan in whole_year(2026, [])]
    ['Autumn 2025', 'Spring 2026', 'Summer 2026']
    """
    there = {plan.period: plan for plan in plans}
    return [there.get(period) or usual_plan(period) for period in (Period(school_year, term) for term in TermOfYear)]


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

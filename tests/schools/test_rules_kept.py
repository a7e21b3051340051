"""What the rules of terms and calendars answer, kept word by word: see `tests/kept_answers.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schools.rules.bank_holidays import bank_holiday_name, bank_holidays, is_working
from schools.rules.calendar import (
    TermPlan,
    calendar_faults,
    calendar_warnings,
    half_term_starts,
    next_year,
    usual_plan,
    whole_year,
)
from schools.rules.terms import (
    NotAPeriod,
    Period,
    TermOfYear,
    easter,
    half_term_on,
    school_year_code,
    school_year_label,
    school_year_on,
    term_of,
    term_on,
    usual_days,
    usual_starts,
)
from tests.kept_answers import hold

KEPT = Path(__file__).parent / "kept"
ANSWERS: dict[str, Callable[[], Any]] = {}
PERIODS = [
    Period(2026),
    *(Period(2026, term) for term in TermOfYear),
    *(Period(2026, term_of(half), half) for half in range(1, 7)),
]


def kept(make: Callable[[], Any]) -> Callable[[], Any]:
    ANSWERS[make.__name__] = make
    return make


def written(period: Period) -> str:
    return f"{period.school_year} {period.term} {period.half_term} {period.label} {period.order}"


@kept
def periods() -> Any:
    refused = []
    for term, half in ((None, 1), (TermOfYear.AUTUMN, 3), (TermOfYear.SUMMER, 7), (TermOfYear.SPRING, 0)):
        with pytest.raises(NotAPeriod) as fault:
            Period(2026, term, half)
        refused.append(str(fault.value))
    with pytest.raises(NotAPeriod) as fault:
        usual_days(Period(2026))
    return {
        "moved": [
            [
                written(moved)
                for moved in (
                    period.previous(),
                    period,
                    period.next(),
                    period.same_a_year_earlier(2),
                    period.same_a_year_earlier(),
                )
            ]
            for period in PERIODS
        ],
        "refused": [*refused, str(fault.value)],
        "labels": [
            [school_year_label(year), school_year_code(year)] for year in (1999, 2000, 2001, 2009, 2010, 2026, 2100)
        ],
    }


@kept
def days() -> Any:
    all_days = [date(2023, 8, 25) + timedelta(days=9 * at) for at in range(140)]
    own = {
        Period(2026, term_of(half_term), half_term): day
        for half_term, day in {
            1: date(2025, 9, 3),
            2: date(2025, 11, 10),
            3: date(2026, 1, 7),
            4: date(2026, 3, 2),
            5: date(2026, 4, 20),
            6: date(2026, 6, 8),
        }.items()
    }
    edges = [day + timedelta(days=shift) for day in own.values() for shift in (-1, 0, 1)]
    return {
        "usual": [f"{day} {school_year_on(day)} {half_term_on(day).label} {term_on(day).label}" for day in all_days],
        "own": [
            f"{day} {half_term_on(day, own).label} {term_on(day, own).label}" for day in [date(2025, 9, 1), *edges]
        ],
        "starts": {year: usual_starts(year) for year in range(2019, 2032)},
        "days": [usual_days(Period(year, term)) for year in (2024, 2025, 2026, 2027) for term in TermOfYear],
        "easter": [easter(year) for year in (*range(1990, 2040), 1818, 1886, 1943, 2285, 1900, 2000, 2100)],
    }


@kept
def holidays() -> Any:
    all_days = [date(2025, 12, 18) + timedelta(days=at) for at in range(140)]
    return {
        "holidays": {year: bank_holidays(year) for year in range(2018, 2034)},
        "names": {day: bank_holiday_name(day) for day in all_days if bank_holiday_name(day)},
        "working": "".join("w" if is_working(day) else "-" for day in all_days),
    }


def plans(year: int = 2026) -> list[TermPlan]:
    return [usual_plan(Period(year, term)) for term in TermOfYear]


def named(starts: dict[Period, date]) -> dict[str, date]:
    return {period.label: start for period, start in starts.items()}


@kept
def calendars() -> Any:
    own = TermPlan(
        period=Period(2026, TermOfYear.SPRING), starts=date(2026, 1, 6), ends=date(2026, 3, 27), due=date(2026, 3, 20)
    )
    return {
        "usual": [usual_plan(Period(year, term)) for year in range(2022, 2029) for term in TermOfYear],
        "names": [plan.name for plan in plans()],
        "next": next_year(plans(2025)) + next_year([own]) + next_year([replace(plans()[0], starts=date(2025, 8, 28))]),
        "whole": whole_year(2026, [own]),
        "half-terms": named(half_term_starts([*plans(), own])),
        "half-terms without a break": named(half_term_starts([own, replace(plans()[2], period=Period(2026))])),
    }


@kept
def faults_of_calendars() -> Any:
    autumn, spring, summer = plans()
    changed = {
        "usual": plans(),
        "upside down": [replace(autumn, ends=autumn.starts)],
        "due at once": [replace(autumn, due=autumn.starts)],
        "due the next day": [replace(autumn, due=autumn.starts + timedelta(1))],
        "due late": [replace(autumn, due=autumn.ends + timedelta(weeks=6))],
        "due too late": [replace(autumn, due=autumn.ends + timedelta(weeks=6, days=1))],
        "half a break": [replace(autumn, break_ends=None), replace(spring, break_starts=None)],
        "no break": [replace(autumn, break_starts=None, break_ends=None)],
        "break at the start": [replace(autumn, break_starts=autumn.starts)],
        "break at the end": [replace(autumn, break_ends=autumn.ends)],
        "break upside down": [replace(autumn, break_starts=autumn.break_ends, break_ends=autumn.break_starts)],
        "break of one day": [replace(autumn, break_starts=autumn.break_ends)],
        "overlapping": [autumn, replace(spring, starts=autumn.ends), summer],
        "touching": [autumn, replace(spring, starts=autumn.ends + timedelta(days=1)), summer],
        "out of order": [replace(autumn, starts=spring.starts, ends=spring.ends, due=spring.due), spring],
        "whole year": [replace(autumn, period=Period(2026), ends=autumn.starts)],
    }
    later, earlier = plans(2027), plans(2025)
    long = replace(summer, ends=later[0].starts)
    return {
        "faults": {name: calendar_faults(given) for name, given in changed.items()},
        "next to other years": {
            "apart": calendar_faults(plans(), [*later, *earlier]),
            "into the next": calendar_faults([long], later),
            "up to the next": calendar_faults([replace(summer, ends=later[0].starts - timedelta(days=1))], later),
            "before the last ends": calendar_faults([replace(autumn, starts=earlier[2].ends)], earlier),
            "after the next starts": calendar_faults([replace(summer, starts=later[0].starts)], later),
        },
        "warnings": {
            "usual": calendar_warnings(plans()),
            "weekend": calendar_warnings(
                [replace(autumn, starts=date(2025, 9, 6), ends=date(2025, 12, 21), due=date(2025, 12, 13))]
            ),
            "holidays": calendar_warnings(
                [replace(spring, starts=date(2026, 1, 1), ends=date(2026, 4, 3), due=date(2026, 4, 6))]
            ),
            "in the break": calendar_warnings(
                [
                    replace(autumn, due=day)
                    for day in (autumn.break_starts, autumn.break_ends, autumn.break_ends + timedelta(days=3))
                ]
            ),
            "after the end": calendar_warnings(
                [replace(autumn, due=autumn.ends + timedelta(days=shift)) for shift in (0, 3)]
            ),
        },
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_stay_as_they_are_kept(name):
    hold(KEPT / f"{name}.json", ANSWERS[name]())

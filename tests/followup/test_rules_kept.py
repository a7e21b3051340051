"""What the rules of reminders answer, kept word by word: see `tests/kept_answers.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from followup.rules.quiet_hours import DateRange, SchoolDays
from followup.rules.reminder_words import counted, step_in_words
from followup.rules.reminders import (
    CountedFrom,
    DueReminder,
    Duty,
    DutyKind,
    Pace,
    ReminderHistory,
    ReminderReason,
    is_only_recipient,
    newest_step,
    next_reminders,
    person_to_remind,
    reminder_rules,
    reminders_by_sentence,
    reminders_due,
)
from tables.dates import day_and_month
from tests.kept_answers import hold

KEPT = Path(__file__).parent / "kept"
ANSWERS: dict[str, Callable[[], Any]] = {}
DAYS = SchoolDays(
    terms=(DateRange(date(2025, 9, 1), date(2025, 12, 19)), DateRange(date(2026, 1, 5), date(2026, 3, 27))),
    breaks=(DateRange(date(2025, 10, 27), date(2025, 10, 31)),),
)
DUE = date(2025, 12, 12)
ONE = Duty(
    kind=DutyKind.FILL_IN, since=CountedFrom.DUE, anchor=DUE, school=11, term=7, candidates=(1, 2), lines=9, total=24
)
DUTIES = [
    ONE,
    replace(ONE, kind=DutyKind.CORRECT, since=CountedFrom.RETURNED, school=12, candidates=(2,), lines=2),
    replace(
        ONE, kind=DutyKind.MODERATE, since=CountedFrom.WAITING, anchor=date(2025, 12, 9), candidates=(3, 1), lines=4
    ),
    replace(ONE, kind=DutyKind.MODERATE, since=CountedFrom.WAITING, anchor=date(2025, 12, 9), candidates=(3,), lines=1),
    replace(
        ONE, kind=DutyKind.APPROVE, since=CountedFrom.PROPOSED, anchor=date(2025, 12, 11), candidates=(4,), lines=3
    ),
    replace(
        ONE,
        kind=DutyKind.APPROVE,
        since=CountedFrom.PROPOSED,
        anchor=date(2025, 12, 11),
        candidates=(4,),
        lines=5,
        school=12,
    ),
    replace(ONE, school=13, candidates=()),
    replace(ONE, school=14, candidates=(1,), first_step=0),
]


def kept(make: Callable[[], Any]) -> Callable[[], Any]:
    ANSWERS[make.__name__] = make
    return make


def written(notice: DueReminder) -> str:
    duty = notice.duty
    return f"{notice.person} {notice.step} {duty.kind} {duty.school} {duty.anchor} {duty.lines}"


def known(*, told: set[ReminderReason] | None = None, **paces: Pace) -> ReminderHistory:
    return ReminderHistory(
        days=DAYS,
        told=told or set(),
        paces={int(name[1:]): pace for name, pace in paces.items()},
        last={1: date(2025, 12, 8)},
    )


@kept
def rules() -> Any:
    return {**vars(reminder_rules()), "labels": [kind.label for kind in DutyKind]}


@kept
def letters() -> Any:
    answers = {}
    for shift, (name, what) in product(
        (-12, -10, -4, -3, 0, 1, 3, 7, 9, 24, 31),
        {"plain": known(), "paces": known(p1=Pace.WEEKLY, p3=Pace.OFF, p4=Pace.OFF)}.items(),
    ):
        sent = reminders_due(DUTIES, on=DUE + timedelta(days=shift), known=what)
        answers[f"{shift} {name}"] = {
            person: [written(notice) for notice in notices] for person, notices in sent.items()
        }
    first = reminders_due(DUTIES, on=DUE, known=known())
    told = {notice.reason for notices in first.values() for notice in notices}
    answers["again"] = reminders_due(DUTIES, on=DUE, known=known(told=told))
    answers["together"] = [
        [written(notice) for notice in group] for notices in first.values() for group in reminders_by_sentence(notices)
    ]
    board = reminders_due(DUTIES, on=DUE, known=known())[4]
    answers["targets together"] = [
        [written(notice) for notice in group] for group in reminders_by_sentence([*board, *first.get(1, [])])
    ]
    answers["reasons"] = sorted(" ".join(map(str, vars(reason).values())) for reason in told)
    return answers


@kept
def steps() -> Any:
    return {
        f"{since} {first}": [
            newest_step(replace(ONE, since=since, first_step=first), on=DUE + timedelta(days=shift), days=DAYS)
            for shift in range(-12, 45)
        ]
        for since in CountedFrom
        for first in (None, 0, 5)
    }


@kept
def what_comes() -> Any:
    moments = [
        datetime(2025, 12, 1, 9, 0),
        datetime(2025, 12, 9, 12, 0),
        datetime(2025, 12, 12, 18, 0),
        datetime(2026, 1, 20, 8, 0),
    ]
    weekly = known(p1=Pace.WEEKLY, p2=Pace.OFF, p3=Pace.OFF)
    first = reminders_due(DUTIES, on=date(2025, 12, 9), known=known())
    told = {notice.reason for notices in first.values() for notice in notices}
    return {
        f"{moment} {name}": [
            f"{reminder.at} {reminder.person} {reminder.step} {reminder.duty.kind} {reminder.duty.school}"
            for reminder in next_reminders(DUTIES, now=moment, known=what)
        ]
        for moment, (name, what) in product(
            moments, {"plain": known(), "weekly": weekly, "told": known(told=told)}.items()
        )
    }


@kept
def people() -> Any:
    chains = [(1, 2), (2,), (3, 1), ()]
    states = {"plain": known(), "off": known(p1=Pace.OFF, p2=Pace.OFF), "weekly": known(p1=Pace.WEEKLY, p3=Pace.OFF)}
    on = [date(2025, 12, 8), date(2025, 12, 9), date(2025, 12, 14), date(2025, 12, 15)]
    return {
        name: {
            "told": [person_to_remind(chain, what) for chain in chains],
            "only": [is_only_recipient(person, chains[:3], what) for person in (1, 2, 3, 4)],
            "may": [
                [what.may_write(person, pace, on=day) for day in on]
                for person in (1, 9)
                for pace in (Pace.DAILY, Pace.WEEKLY)
            ],
        }
        for name, what in states.items()
    }


@kept
def quiet() -> Any:
    hours = reminder_rules().hours
    moments = [
        datetime(2025, 10, 24, 17, 29, 59) + timedelta(seconds=second, days=days)
        for days in (0, 1, 3, 10, 56, 60)
        for second in (0, 1)
    ] + [
        datetime(2025, 10, 24, 7, 29),
        datetime(2025, 10, 24, 7, 30),
        datetime(2025, 10, 25, 3, 0),
        datetime(2026, 3, 28, 9, 0),
        datetime(2026, 5, 2, 9, 0),
    ]
    days = [date(2025, 8, 30) + timedelta(days=at) for at in range(0, 230, 3)]
    return {
        "hours": {
            str(moment): [hours.holds(moment, DAYS), str(hours.next_opening(moment, DAYS))] for moment in moments
        },
        "first": {str(day): DAYS.first_from(day) for day in days[::4]},
        "between": [DAYS.between(days[0], day) for day in days]
        + [DAYS.between(DUE, DUE), DAYS.between(DUE, date(2025, 12, 1))],
        "of a zone": [
            hours.next_opening(datetime(2025, 11, day, 20, 0, tzinfo=UTC), DAYS).isoformat() for day in (4, 7)
        ],
        "without a calendar": [SchoolDays(terms=()).first_from(day) for day in (date(2025, 12, 24), date(2026, 1, 3))],
    }


@kept
def words() -> Any:
    return {
        "steps": [step_in_words(since, step) for since in CountedFrom for step in (-10, -1, 0, 1, 14)],
        "days": [day_and_month(date(2026, month, day)) for month, day in ((1, 1), (11, 30))],
        "counted": [counted(count, "line") for count in (0, 1, 2)],
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_stay_as_they_are_kept(name):
    hold(KEPT / f"{name}.json", ANSWERS[name]())

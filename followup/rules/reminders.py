"""Decide who gets a reminder about what, and when. This module neither reads the clock nor sends anything.

A *duty* is something for somebody to do: lines to fill in, or a return to submit, change or decide on. It names
everybody who can do it, the person responsible first. One of them gets the reminder. A *step* is a number of days after
the day that the duty counts from. Only the newest step that has come counts, so that a day without emails never leads
to two. A person gets at most one email a day, about everything.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from followup.rules.quiet_hours import SchoolDays, SendingHours

RULES_FILE = Path(__file__).with_name("reminders.toml")
CHASED_FOR = timedelta(days=90)  # So long after the day that a duty counts from, nobody gets a reminder about it.
LONGEST_PAUSE = timedelta(days=60)  # Longer than any holiday. A reminder this late has lapsed.


class DutyKind(StrEnum):
    """What somebody has to do."""

    FILL_IN = "fill_in"
    SIGN_OFF = "sign_off"
    CORRECT = "correct"
    MODERATE = "moderate"
    APPROVE = "approve"

    @property
    def label(self) -> str:
        return DUTY_LABELS[self]


DUTY_LABELS = {
    DutyKind.FILL_IN: "Fill in and submit",
    DutyKind.SIGN_OFF: "Sign off lines",
    DutyKind.CORRECT: "Change and submit again",
    DutyKind.MODERATE: "Accept or send back",
    DutyKind.APPROVE: "Approve targets",
}


class CountedFrom(StrEnum):
    """Which day the steps count from."""

    DUE = "due"
    RETURNED = "returned"
    WAITING = "waiting"
    PROPOSED = "proposed"


class Pace(StrEnum):
    """How often somebody would like reminders."""

    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class ReminderRules:
    """The numbers of ``reminders.toml``."""

    version: str
    hours: SendingHours
    steps: Mapping[CountedFrom, tuple[int, ...]]
    lapses_after: int
    weekly: int


@cache
def reminder_rules() -> ReminderRules:
    """Return the numbers of ``reminders.toml``."""
    data = tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))
    return ReminderRules(
        version=data["version"],
        hours=SendingHours(opens=data["hours"]["from"], closes=data["hours"]["until"]),
        steps={CountedFrom(name): tuple(sorted(days)) for name, days in data["steps"].items()},
        lapses_after=data["limits"]["lapses_after"],
        weekly=data["limits"]["weekly"],
    )


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Something for somebody to do in one return, or about one school's targets."""

    kind: DutyKind
    since: CountedFrom
    anchor: date  # The day that the steps count from.
    school: int
    term: int
    candidates: tuple[int, ...]  # Who can do it, the person responsible first.
    alike: tuple[int, ...] = ()  # People with the same role: if one of them gets the reminder, all do.
    lines: int = 0  # How many lines or targets it is about.
    total: int = 0  # How many lines the return has; 0 before it is opened.
    assigned_to: tuple[int, ...] = ()  # Whose lines these are. Somebody else may get the reminder instead.
    first_step: int | None = None  # Nobody gets a reminder before this step.


@dataclass(frozen=True, kw_only=True)
class DueReminder:
    """A reminder to one person about one duty, for the step that has come."""

    duty: Duty
    step: int
    person: int

    @property
    def reason(self) -> "ReminderReason":
        duty = self.duty
        return ReminderReason(duty.kind, duty.since, duty.anchor, duty.school, duty.term, self.step, self.person)


@dataclass(frozen=True)
class ReminderReason:
    """Why somebody got a reminder. Nobody gets two for the same reason."""

    kind: str
    since: str
    anchor: date
    school: int
    term: int
    step: int
    person: int


@dataclass(frozen=True, kw_only=True)
class ReminderHistory:
    """What we know about the people and their earlier reminders."""

    days: SchoolDays
    told: Collection[ReminderReason] = ()
    paces: Mapping[int, Pace] = field(default_factory=dict)  # Of people who chose one.
    last: Mapping[int, date] = field(default_factory=dict)  # The day of a person's last email.

    def pace(self, person: int) -> Pace:
        return self.paces.get(person, Pace.DAILY)

    def may_write(self, person: int, pace: Pace, *, on: date) -> bool:
        """Say whether a person may get an email on a day, given their last one."""
        last = self.last.get(person)
        return last is None or (on - last).days >= (reminder_rules().weekly if pace is Pace.WEEKLY else 1)


@dataclass(frozen=True, kw_only=True)
class NextReminder:
    """The next reminder about a duty if nothing changes. ``person`` is None if nobody can act."""

    duty: Duty
    step: int
    person: int | None
    at: datetime


def person_to_remind(candidates: Sequence[int], known: ReminderHistory) -> tuple[int, Pace] | None:
    """Return who gets the reminder, and how often: the first person who has not turned reminders off.

    If everybody has turned them off, the first person gets them weekly, because nobody else can act.

    >>> known = ReminderHistory(days=SchoolDays(terms=()), paces={7: Pace.OFF})
    >>> person_to_remind([7, 8], known), person_to_remind([7], known), person_to_remind([], known)
    ((8, <Pace.DAILY: 'daily'>), (7, <Pace.WEEKLY: 'weekly'>), None)
    """
    for person in candidates:
        if (pace := known.pace(person)) is not Pace.OFF:
            return person, pace
    return (candidates[0], Pace.WEEKLY) if candidates else None


def people_to_remind(duty: Duty, known: ReminderHistory) -> list[tuple[int, Pace]]:
    """Return who gets the reminder about a duty, and how often: one person, or everyone with the same role as them.

    >>> known = ReminderHistory(days=SchoolDays(terms=()), paces={8: Pace.OFF})
    >>> duty = Duty(kind=DutyKind.FILL_IN, since=CountedFrom.DUE, anchor=date(2025, 12, 12), school=1, term=1,
    ...     candidates=(6, 7, 8), alike=(6, 7, 8))
    >>> [person for person, _ in people_to_remind(duty, known)]
    [6, 7]
    """
    chosen = person_to_remind(duty.candidates, known)
    if chosen is None or chosen[0] not in duty.alike:
        return [chosen] if chosen else []
    told = [(person, known.pace(person)) for person in duty.alike if known.pace(person) is not Pace.OFF]
    return told or [chosen]


def is_only_recipient(person: int, chains: Iterable[Sequence[int]], known: ReminderHistory) -> bool:
    """Say whether, without ``person``, nobody would get a reminder about some duty."""
    return any(
        person in chain and all(known.pace(other) is Pace.OFF for other in chain if other != person) for chain in chains
    )


def reminders_due(duties: Iterable[Duty], *, on: date, known: ReminderHistory) -> dict[int, list[DueReminder]]:
    """Return today's reminders by person, for one email each. Only people who have something to do are included."""
    found: dict[ReminderReason, DueReminder] = {}
    for duty in duties:
        step = newest_step(duty, on=on, days=known.days)
        if step is None:
            continue
        for person, pace in people_to_remind(duty, known):
            notice = DueReminder(duty=duty, step=step, person=person)
            if notice.reason in known.told or not known.may_write(person, pace, on=on):
                continue
            # One person may have two duties: in a trust without a Business Manager, finance lines and the others.
            if same := found.get(notice.reason):
                notice = replace(notice, duty=replace(duty, lines=duty.lines + same.duty.lines))
            found[notice.reason] = notice
    letters: dict[int, list[DueReminder]] = {}
    for notice in sorted(
        found.values(), key=lambda reminder: (reminder.duty.anchor, reminder.duty.school, reminder.duty.kind)
    ):
        letters.setdefault(notice.person, []).append(notice)
    return letters


def reminders_by_sentence(notices: Sequence[DueReminder]) -> list[tuple[DueReminder, ...]]:
    """Group the reminders of an email by sentence.

    All schools' targets share a sentence, because the Board decides on them together. Other reminders have their own.
    """
    targets = tuple(notice for notice in notices if notice.duty.kind is DutyKind.APPROVE)
    others: list[tuple[DueReminder, ...]] = [
        (notice,) for notice in notices if notice.duty.kind is not DutyKind.APPROVE
    ]
    return [*others, targets] if targets else others


def newest_step(duty: Duty, *, on: date, days: SchoolDays) -> int | None:
    """Return the newest step that has come and has not lapsed, or None.

    >>> autumn = SchoolDays(terms=())
    >>> duty = Duty(kind=DutyKind.FILL_IN, since=CountedFrom.DUE, anchor=date(2025, 12, 12), school=1, term=1,
    ...     candidates=(1,))
    >>> [newest_step(duty, on=date(2025, 12, day), days=autumn) for day in (1, 2, 9, 16)]
    [None, -10, -3, 3]
    """
    come = [step for step in _steps(duty) if duty.anchor + timedelta(days=step) <= on]
    if not come:
        return None
    begins = days.first_from(duty.anchor + timedelta(days=come[-1]))
    if on - begins > LONGEST_PAUSE:
        return None
    return come[-1] if days.between(begins, on) <= reminder_rules().lapses_after else None


def next_reminders(duties: Iterable[Duty], *, now: datetime, known: ReminderHistory) -> list[NextReminder]:
    """Return everyone's next reminder about each duty if nothing changes, soonest first. ``now`` is in local time."""
    found = [
        reminder
        for duty in duties
        for chosen in (*people_to_remind(duty, known), *(() if duty.candidates else (None,)))
        if (reminder := _next(duty, chosen, now, known))
    ]
    return sorted(found, key=lambda reminder: (reminder.at, reminder.duty.school, reminder.duty.kind))


def _next(duty: Duty, chosen: tuple[int, Pace] | None, now: datetime, known: ReminderHistory) -> NextReminder | None:
    hours, steps = reminder_rules().hours, _steps(duty)
    last_day = duty.anchor + timedelta(days=steps[-1]) + LONGEST_PAUSE if steps else now.date()
    at = hours.next_opening(now, known.days)
    while at.date() <= last_day:
        step = newest_step(duty, on=at.date(), days=known.days)
        if step is not None:
            if chosen is None:
                return NextReminder(duty=duty, step=step, person=None, at=at)
            is_told = DueReminder(duty=duty, step=step, person=chosen[0]).reason in known.told
            if not is_told and known.may_write(*chosen, on=at.date()):
                return NextReminder(duty=duty, step=step, person=chosen[0], at=at)
        tomorrow = datetime.combine(at.date() + timedelta(days=1), hours.opens, tzinfo=at.tzinfo)
        at = hours.next_opening(tomorrow, known.days)
    return None


def _steps(duty: Duty) -> list[int]:
    steps = reminder_rules().steps[duty.since]
    return [step for step in steps if duty.first_step is None or step >= duty.first_step]

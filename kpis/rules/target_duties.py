"""Remind members of the Board about targets that they have to decide on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from followup.rules.reminders import CountedFrom, Duty, DutyKind, Pace, ReminderHistory
from tables.dates import day_and_month
from tables.word_lists import join_in_words


@dataclass(frozen=True, kw_only=True)
class WaitingTargets:
    """The proposed targets of one school that the Board has not decided on yet."""

    school: int
    term: int  # The term in which the last of them was proposed.
    count: int
    newest: date  # The day on which the last of them was proposed.


def approval_duties(waiting: WaitingTargets, *, board: tuple[int, ...], known: ReminderHistory) -> list[Duty]:
    """Return a duty for each member of the Board who has reminders on: the Board decides together.

    If all members have reminders off, the member longest in post is reminded anyway. If the Board has no members,
    nobody is reminded.

    >>> from followup.rules.quiet_hours import SchoolDays
    >>> known = ReminderHistory(days=SchoolDays(terms=()), paces={2: Pace.OFF})
    >>> waiting = WaitingTargets(school=1, term=1, count=3, newest=date(2026, 11, 19))
    >>> [duty.candidates for duty in approval_duties(waiting, board=(1, 2, 3), known=known)]
    [(1,), (3,)]
    >>> [duty.candidates for duty in approval_duties(waiting, board=(), known=known)]
    [()]
    """
    told: list[tuple[int, ...]] = [(person,) for person in board if known.pace(person) is not Pace.OFF]
    return [
        Duty(
            kind=DutyKind.APPROVE, since=CountedFrom.PROPOSED, anchor=waiting.newest, school=waiting.school,
            term=waiting.term, candidates=candidates, lines=waiting.count,
        )
        for candidates in told or [board[:1]]
    ]  # fmt: skip


def targets_sentence(duties: Sequence[Duty], *, schools: Mapping[int, str]) -> str:
    """Return a sentence that says which schools have targets to decide on. ``schools`` has their names.

    >>> at_one = Duty(kind=DutyKind.APPROVE, since=CountedFrom.PROPOSED, anchor=date(2025, 11, 3), school=1, term=1,
    ...               candidates=(1,), lines=1)
    >>> targets_sentence([at_one], schools={1: "Invented School"})
    'Invented School: 1 target for the Board to decide on, proposed on 3 November.'
    """
    count, last = sum(duty.lines for duty in duties), day_and_month(max(duty.anchor for duty in duties))
    names = sorted((schools[duty.school], duty.lines) for duty in duties)
    where = join_in_words([f"{name} ({lines})" for name, lines in names]) if len(names) > 1 else names[0][0]
    if count == 1:
        return f"{where}: 1 target for the Board to decide on, proposed on {last}."
    return f"{where}: {count} targets for the Board to decide on, the latest proposed on {last}."

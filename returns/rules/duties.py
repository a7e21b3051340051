"""What waits for whom in a return, from the state it is in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from followup.rules.reminders import CountedFrom, Duty, DutyKind


@dataclass(frozen=True, kw_only=True)
class PeopleWhoCanAct:
    """Who can act in a trust, those longest in post first."""

    heads: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # By school.
    directors: tuple[int, ...] = ()
    managers: tuple[int, ...] = ()  # They decide on the lines of finance and staffing.
    board: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenReturn:
    """One return that is not accepted, as far as somebody may be reminded of it."""

    school: int
    term: int
    due: date  # As it may have been moved.
    is_exempt: bool = False  # Not asked for, and not submitted.
    submitted_on: date | None = None  # The latest submission.
    submitted_by: int | None = None
    returned_on: date | None = None  # Sent back or opened for correction after that.
    total: int = 0  # Lines; 0 while it is not opened.
    open: int = 0  # Lines that the school may change.
    unanswered: int = 0  # Of these, without an answer.
    own_unanswered: int = 0  # Of these, assigned to no contributor.
    unsigned: Mapping[tuple[int, ...], int] = field(default_factory=dict)  # Lines not signed off, by contributors.
    waiting: int = 0  # Lines that wait for the Executive Director.
    waiting_for_managers: int = 0  # Lines of finance and staffing that wait.


def duties_of(each: OpenReturn, people: PeopleWhoCanAct) -> list[Duty]:
    """Return what waits in one return, and who can do it.

    Before the due date the headteacher is not told of lines that are all somebody else's to fill in; from that day on
    the headteacher is, who answers for the return.
    """
    return [] if each.is_exempt else [*_with_the_school(each, people), *_with_the_trust(each, people)]


def _with_the_school(each: OpenReturn, people: PeopleWhoCanAct) -> Iterator[Duty]:
    was_submitted = each.submitted_on is not None
    if was_submitted and not (each.open and each.returned_on):
        return
    since = CountedFrom.RETURNED if was_submitted else CountedFrom.DUE
    anchor = each.returned_on if each.returned_on and was_submitted else each.due
    heads = _first(each.submitted_by, people.heads.get(each.school, ()))
    of = Duty(
        kind=DutyKind.SIGN_OFF, since=since, anchor=anchor, school=each.school, term=each.term, total=each.total,
        candidates=heads,
    )  # fmt: skip
    for contributors, lines in sorted(each.unsigned.items()):
        yield replace(of, candidates=(*contributors, *heads), assigned_to=contributors, lines=lines)
    if was_submitted:
        yield replace(of, kind=DutyKind.CORRECT, lines=each.open)
    else:
        others = bool(each.unsigned) and not each.own_unanswered
        yield replace(of, kind=DutyKind.FILL_IN, lines=each.unanswered, first_step=0 if others else None)


def _with_the_trust(each: OpenReturn, people: PeopleWhoCanAct) -> Iterator[Duty]:
    if each.submitted_on is None:
        return
    of = Duty(
        kind=DutyKind.MODERATE, since=CountedFrom.WAITING, anchor=each.submitted_on, school=each.school, term=each.term,
        total=each.total, candidates=people.directors,
    )  # fmt: skip
    if each.waiting_for_managers:
        yield replace(of, candidates=(*people.managers, *people.directors), lines=each.waiting_for_managers)
    if each.waiting:
        yield replace(of, lines=each.waiting)


def _first(person: int | None, of: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(of, key=lambda each: each != person))

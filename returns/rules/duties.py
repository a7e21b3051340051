"""Find the tasks in a return, and who can do them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from followup.rules.reminders import CountedFrom, Duty, DutyKind


@dataclass(frozen=True, kw_only=True)
class PeopleWhoCanAct:
    """Who can act in a trust, the longest in post first."""

    headteachers: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # By school.
    directors: tuple[int, ...] = ()
    managers: tuple[int, ...] = ()  # They decide on finance and staffing lines.
    board: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenReturn:
    """What reminders need to know about a return that is not accepted."""

    school: int
    term: int
    due: date  # With any extension.
    is_exempt: bool = False  # Exempt, and not submitted.
    submitted_on: date | None = None  # The latest submission.
    submitted_by: int | None = None
    returned_on: date | None = None  # Sent back or opened for correction later.
    total: int = 0  # Lines; 0 until the return is opened.
    open: int = 0  # Lines that the school can change.
    unanswered: int = 0  # Open lines without an answer.
    own_unanswered: int = 0  # Unanswered lines without a contributor.
    unsigned: Mapping[tuple[int, ...], int] = field(default_factory=dict)  # Lines not signed off, by contributors.
    waiting: int = 0  # Lines for the Executive Director to decide on.
    waiting_for_managers: int = 0  # Finance and staffing lines to decide on.


def duties_of(open_return: OpenReturn, people: PeopleWhoCanAct) -> list[Duty]:
    """Return the tasks in a return, each with who can do it.

    If contributors fill in all the unanswered lines, the headteacher is reminded only from the due date.
    """
    return (
        [] if open_return.is_exempt else [*_with_the_school(open_return, people), *_with_the_trust(open_return, people)]
    )


def _with_the_school(open_return: OpenReturn, people: PeopleWhoCanAct) -> Iterator[Duty]:
    was_submitted = open_return.submitted_on is not None
    if was_submitted and not (open_return.open and open_return.returned_on):
        return
    since = CountedFrom.RETURNED if was_submitted else CountedFrom.DUE
    anchor = open_return.returned_on if open_return.returned_on and was_submitted else open_return.due
    headteachers = _first(open_return.submitted_by, people.headteachers.get(open_return.school, ()))
    duty = Duty(
        kind=DutyKind.SIGN_OFF, since=since, anchor=anchor, school=open_return.school, term=open_return.term,
        total=open_return.total, candidates=headteachers,
        alike=headteachers,
    )  # fmt: skip
    for contributors, lines in sorted(open_return.unsigned.items()):
        yield replace(duty, candidates=(*contributors, *headteachers), assigned_to=contributors, lines=lines)
    if was_submitted:
        yield replace(duty, kind=DutyKind.CORRECT, lines=open_return.open)
    else:
        others = bool(open_return.unsigned) and not open_return.own_unanswered
        yield replace(duty, kind=DutyKind.FILL_IN, lines=open_return.unanswered, first_step=0 if others else None)


def _with_the_trust(open_return: OpenReturn, people: PeopleWhoCanAct) -> Iterator[Duty]:
    if open_return.submitted_on is None:
        return
    duty = Duty(
        kind=DutyKind.MODERATE, since=CountedFrom.WAITING, anchor=open_return.submitted_on,
        school=open_return.school, term=open_return.term, total=open_return.total, candidates=people.directors,
    )  # fmt: skip
    if open_return.waiting_for_managers:
        yield replace(duty, candidates=(*people.managers, *people.directors), lines=open_return.waiting_for_managers)
    if open_return.waiting:
        yield replace(duty, lines=open_return.waiting)


def _first(person: int | None, candidates: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(candidates, key=lambda candidate: candidate != person))

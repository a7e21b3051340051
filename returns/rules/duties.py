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


def duties_of(each: OpenReturn, people: PeopleWhoCanAct) -> list[Duty]:
    """Return the tasks in a return, each with who can do it.

    If contributors fill in all the unanswered lines, the headteacher is reminded only from the due date.
    """
    return [] if each.is_exempt else [*_with_the_school(each, people), *_with_the_trust(each, people)]


def _with_the_school(each: OpenReturn, people: PeopleWhoCanAct) -> Iterator[Duty]:
    was_submitted = each.submitted_on is not None
    if was_submitted and not (each.open and each.returned_on):
        return
    since = CountedFrom.RETURNED if was_submitted else CountedFrom.DUE
    anchor = each.returned_on if each.returned_on and was_submitted else each.due
    heads = _first(each.submitted_by, people.headteachers.get(each.school, ()))
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

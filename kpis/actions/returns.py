"""A return's life: opened, filled in, submitted, accepted or sent back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from kpis.dfe.statuses import ValueStatus
from kpis.models import Observation, Recomputation, Return, ReturnDecision, ReturnLine, Term
from kpis.queries.returns import LineRow, return_page
from schools.models import School
from trusts.models import User

UPDATED_BY_ACCEPTING = [
    "value",
    "numerator",
    "denominator",
    "status",
    "source",
    "comment",
    "accepted_by",
    "accepted_at",
]


class SavedByAnother(Exception):
    """Somebody saved this line after it was shown; ``line`` is what they saved."""

    def __init__(self, line: ReturnLine) -> None:
        super().__init__(f"line {line.pk} was saved in between")
        self.line = line


class NotOpen(Exception):
    """The return was submitted or accepted, so the school may not change it."""


class NotReady(Exception):
    """The return has lines it cannot be submitted with: ``unfinished``."""

    def __init__(self, unfinished: Sequence[LineRow]) -> None:
        super().__init__(f"{len(unfinished)} lines are not finished")
        self.unfinished = unfinished


class NotSubmitted(Exception):
    """Only a submitted return is accepted or sent back."""


class ReasonNeeded(ValueError):
    """A return is never sent back without a reason."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a school says in one line: a value with its parts where it has them, or why there is none."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    missing_reason: str = ""
    comment: str = ""
    # What was typed and cannot stand as a figure, by field. It is kept beside the figures, which stay as they were.
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to save in one line, and the number of saves that the person had seen."""

    line: ReturnLine
    entry: Entry
    version: int


@transaction.atomic
def open_return(*, school: School, term: Term, indicator_codes: Iterable[str]) -> Return:
    """Open one school's return for a term with a line for each indicator; opening it again adds only missing lines."""
    made, _ = Return.objects.get_or_create(trust_id=term.trust_id, school=school, term=term)
    there = set(made.lines.values_list("indicator_id", flat=True))
    ReturnLine.objects.bulk_create(
        ReturnLine(trust_id=term.trust_id, school=school, termly_return=made, indicator_id=code)
        for code in indicator_codes
        if code not in there
    )
    return made


@transaction.atomic
def save_line(*, line: ReturnLine, entry: Entry, version: int, by: User, at: datetime) -> ReturnLine:
    """Save one line as typed. ``version`` is the number of saves that the person had seen.

    Raises:
        NotOpen: the return is not the school's to change any more.
        SavedByAnother: somebody saved the line in between; nothing is overwritten.
    """
    refused = save_lines(
        termly_return_id=line.termly_return_id, changes=[Change(line=line, entry=entry, version=version)], by=by, at=at
    )
    if refused:
        raise SavedByAnother(refused[0])
    return ReturnLine.objects.select_related("saved_by").get(pk=line.pk)


@transaction.atomic
def save_lines(*, termly_return_id: int, changes: Sequence[Change], by: User, at: datetime) -> list[ReturnLine]:
    """Save lines of one return as typed; return those that somebody else saved in between, as they are stored.

    Raises:
        NotOpen: the return is not the school's to change any more; nothing is saved.
    """
    of = _lock(termly_return_id)
    if not of.is_open:
        raise NotOpen(of.state)
    wanted = [change.line.pk for change in changes]
    # The return is locked, so nobody else is saving its lines now.
    stored = {line.pk: line for line in of.lines.filter(pk__in=wanted).select_related("saved_by").order_by("pk")}
    refused = []
    for change in changes:
        line = stored[change.line.pk]
        if line.version != change.version:
            refused.append(line)
        else:
            _write(line, change.entry, by=by, at=at)
    if len(refused) < len(changes) and of.state == Return.State.NOT_STARTED:
        of.state = Return.State.IN_PROGRESS
        of.save(update_fields=["state"])
    return refused


def _write(line: ReturnLine, entry: Entry, *, by: User, at: datetime) -> None:
    line.unread, line.comment = dict(entry.unread), entry.comment
    if not entry.unread:
        line.value, line.numerator, line.denominator = entry.value, entry.numerator, entry.denominator
        line.missing_reason = entry.missing_reason
    line.version, line.saved_by, line.saved_at = line.version + 1, by, at
    line.save()


@transaction.atomic
def submit_return(*, termly_return: Return, by: User, at: datetime) -> Return:
    """Hand the return to the trust, checked once more while nobody can change it.

    Raises:
        NotOpen: it was submitted or accepted already.
        NotReady: lines are empty, impossible, or odd without a comment.
    """
    of = _lock(termly_return.pk)
    if not of.is_open:
        raise NotOpen(of.state)
    page = return_page(of.school, of.term)
    if page is None or page.unfinished or not page.rows:
        raise NotReady(page.unfinished if page else [])
    of.state, of.submitted_by, of.submitted_at = Return.State.SUBMITTED, by, at
    of.save(update_fields=["state", "submitted_by", "submitted_at"])
    _decide(of, ReturnDecision.Step.SUBMITTED, by=by, at=at)
    return of


@transaction.atomic
def send_back_return(*, termly_return: Return, reason: str, by: User, at: datetime) -> Return:
    """Give the return back to the school with a reason.

    Raises:
        ReasonNeeded: the reason is empty.
        NotSubmitted: there is nothing to send back.
    """
    if not reason.strip():
        raise ReasonNeeded("Say why, so that the school knows what to change")
    of = _lock(termly_return.pk)
    if of.state != Return.State.SUBMITTED:
        raise NotSubmitted(of.state)
    of.state = Return.State.SENT_BACK
    of.save(update_fields=["state"])
    _decide(of, ReturnDecision.Step.SENT_BACK, by=by, at=at, reason=reason.strip())
    return of


@transaction.atomic
def accept_return(*, termly_return: Return, by: User, at: datetime) -> Return:
    """Accept the return: its lines become observations, and the school's results are marked for recomputing.

    Raises:
        NotSubmitted: it is not waiting for a decision.
    """
    of = _lock(termly_return.pk)
    if of.state != Return.State.SUBMITTED:
        raise NotSubmitted(of.state)
    of.state = Return.State.ACCEPTED
    of.save(update_fields=["state"])
    _decide(of, ReturnDecision.Step.ACCEPTED, by=by, at=at)
    Observation.objects.bulk_create(
        [_observation(line, of.term, by=by, at=at) for line in of.lines.order_by("pk")],
        update_conflicts=True,
        unique_fields=["trust", "school", "indicator", "school_year", "season", "pupil_group"],
        update_fields=UPDATED_BY_ACCEPTING,
    )
    want_recomputation(school=of.school, trust_id=of.trust_id, at=at)
    return of


@transaction.atomic
def want_recomputation(*, school: School, trust_id: int, at: datetime) -> None:
    """Note that the school's accepted data changed. The sweep finds the note if the message that follows is lost."""
    note, _ = Recomputation.objects.get_or_create(trust_id=trust_id, school=school)
    Recomputation.objects.filter(pk=note.pk).update(wanted=F("wanted") + 1, wanted_at=at)


def _lock(pk: int) -> Return:
    return Return.objects.select_for_update(of=["self"]).select_related("term", "school").get(pk=pk)


def _decide(of: Return, step: ReturnDecision.Step, *, by: User, at: datetime, reason: str = "") -> None:
    ReturnDecision.objects.create(
        trust_id=of.trust_id, school_id=of.school_id, termly_return=of, step=step, reason=reason, decided_by=by,
        decided_at=at,
    )  # fmt: skip


def _observation(line: ReturnLine, term: Term, *, by: User, at: datetime) -> Observation:
    has_value = line.value is not None
    return Observation(
        trust_id=line.trust_id,
        school_id=line.school_id,
        indicator_id=line.indicator_id,
        school_year=term.school_year,
        season=term.season,
        pupil_group=line.pupil_group,
        value=line.value,
        numerator=line.numerator if has_value else None,
        denominator=line.denominator if has_value else None,
        status=ValueStatus.VALUE if has_value else line.missing_reason or ValueStatus.NOT_COLLECTED,
        source="return",
        comment=line.comment,
        accepted_by=by,
        accepted_at=at,
    )

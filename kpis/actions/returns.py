"""A return's life: opened, filled in, submitted, accepted or sent back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from kpis.dfe.statuses import ValueStatus
from kpis.models import Observation, Recomputation, Return, ReturnDecision, ReturnLine, Term
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
    of = _lock(line.termly_return_id)
    if not of.is_open:
        raise NotOpen(of.state)
    line = ReturnLine.objects.select_for_update(of=["self"]).select_related("saved_by").get(pk=line.pk)
    if line.version != version:
        raise SavedByAnother(line)
    line.value, line.numerator, line.denominator = entry.value, entry.numerator, entry.denominator
    line.missing_reason, line.comment = entry.missing_reason, entry.comment
    line.version, line.saved_by, line.saved_at = version + 1, by, at
    line.save()
    if of.state == Return.State.NOT_STARTED:
        of.state = Return.State.IN_PROGRESS
        of.save(update_fields=["state"])
    return line


@transaction.atomic
def submit_return(*, termly_return: Return, by: User, at: datetime) -> Return:
    """Hand the return to the trust. The form has checked the lines (kpis.forms); here only the state is.

    Raises:
        NotOpen: it was submitted or accepted already.
    """
    of = _lock(termly_return.pk)
    if not of.is_open:
        raise NotOpen(of.state)
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

"""Correct an accepted return: named lines are submitted and accepted again, with a reason."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from kpis.models import Observation
from returns.actions.returns import (
    LineEntry,
    LineNotOpen,
    locked_return,
    note_line_steps,
    note_marks_ended,
    note_return_step,
    write_line,
)
from returns.models import LineChange, LineDecision, Return, ReturnDecision, ReturnLine
from trusts.models import User
from trusts.reasons import ReasonNeeded


class ReturnNotAccepted(Exception):
    """Only an accepted return can be corrected."""


class NoLinesNamed(ValueError):
    """A correction must name at least one line."""


@transaction.atomic
def open_correction(
    *, termly_return: Return, codes: Collection[str], reason: str, by: User, at: datetime
) -> ReturnDecision:
    """Open named lines of an accepted return, so that the school can correct and submit them again.

    The accepted figures count until the correction is accepted.

    Raises:
        ReasonNeeded: the reason is empty.
        NothingNamed: no line of the return is named.
        NotAccepted: the return is not accepted, or is already being corrected.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why you are correcting these figures")
    termly_return = locked_return(termly_return.pk)
    if termly_return.state != Return.State.ACCEPTED:
        raise ReturnNotAccepted(termly_return.state)
    lines = list(termly_return.lines.filter(indicator_id__in=codes).order_by("pk"))
    if not lines:
        raise NoLinesNamed("Choose the lines to correct")
    termly_return.lines.filter(pk__in=[line.pk for line in lines]).update(state=ReturnLine.State.OPEN)
    termly_return.state = Return.State.CORRECTING
    termly_return.save(update_fields=["state"])
    note_line_steps([(line, LineDecision.Step.CORRECTION, reason) for line in lines], by=by, at=at)
    return note_return_step(termly_return, ReturnDecision.Step.CORRECTION, by=by, at=at, reason=reason)


@transaction.atomic
def withdraw_correction(*, termly_return: Return, by: User, at: datetime) -> ReturnDecision:
    """Withdraw a correction before it is submitted, and restore the accepted figures.

    Raises:
        LineNotOpen: the correction was submitted, or the return has no correction.
    """
    termly_return = locked_return(termly_return.pk)
    was_accepted = termly_return.decisions.filter(step=ReturnDecision.Step.ACCEPTED).exists()
    if not termly_return.is_open or not was_accepted:
        raise LineNotOpen(termly_return.state)
    accepted = {
        (row.indicator_id, row.pupil_group): row
        for row in Observation.objects.filter(
            school_id=termly_return.school_id,
            school_year=termly_return.term.school_year,
            season=termly_return.term.season,
        ).order_by("pk")
    }
    lines = [line for line in termly_return.lines.order_by("pk") if line.is_open]
    note_marks_ended(lines, why="The correction was withdrawn", by=by, at=at)
    for line in lines:
        line.state, line.marked = ReturnLine.State.ACCEPTED, False
        write_line(line, _as_accepted(accepted[line.indicator_id, line.pupil_group]), by=by, at=at)
    note_line_steps([(line, LineDecision.Step.WITHDRAWN, "") for line in lines], by=by, at=at)
    waits = termly_return.lines.filter(state=ReturnLine.State.SUBMITTED).exists()
    termly_return.state = Return.State.SUBMITTED if waits else Return.State.ACCEPTED
    termly_return.save(update_fields=["state"])
    return note_return_step(termly_return, ReturnDecision.Step.WITHDRAWN, by=by, at=at)


def _as_accepted(row: Observation) -> LineEntry:
    return LineEntry(
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        missing_reason="" if row.value is not None else row.status,
        follows_on=row.follows_on,
        comment=row.comment,
        what=row.what,
        why=row.why,
        what_next=row.what_next,
        source=LineChange.Source.ACCEPTED,
    )

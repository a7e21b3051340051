"""Accept submitted lines of a return, or send them back with a reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kpis.actions.recomputation import want_recomputation
from kpis.models import Observation
from published.dfe.value_statuses import ValueStatus
from returns.actions.returns import locked_return, note_line_steps, note_return_step
from returns.models import LineDecision, Return, ReturnDecision, ReturnLine
from returns.queries.submitted_returns import people_who_filled_in
from trusts.models import User
from trusts.reasons import ReasonNeeded
from trusts.two_people import DecisionKind, refuse_own

REPLACES = "The school's return replaced the earlier figure"


class LineNotSubmitted(Exception):
    """Only a submitted line can be accepted or sent back."""


class NotTheirAreas(Exception):
    """The person cannot decide on lines in this area."""


@dataclass(frozen=True, kw_only=True)
class LineVerdict:
    """The decision on a line: accepted, or sent back with a reason."""

    code: str
    accepted: bool
    reason: str = ""


@transaction.atomic
def decide_lines(
    *, termly_return: Return, verdicts: Sequence[LineVerdict], areas: Collection[str] | None, by: User, at: datetime
) -> ReturnDecision:
    """Decide on some of the submitted lines of a return. Return one step for all these decisions.

    An accepted line counts at once. Only lines that are sent back are open to the school again. The return is accepted
    when its last line is accepted. ``areas`` are the areas that the person decides on; None means every area.

    Raises:
        OwnDecision: the person submitted the return or filled in some of it.
        ReasonNeeded: a line is sent back without a reason.
        NotSubmitted: a line is not waiting for a decision, or no line was decided on.
        NotTheirs: a line is in another area.
    """
    if any(not verdict.accepted and not verdict.reason.strip() for verdict in verdicts):
        raise ReasonNeeded("Say why, so that the school knows what to change")
    termly_return = locked_return(termly_return.pk)
    _refuse_own(termly_return, by)
    lines = {line.indicator_id: line for line in _waiting(termly_return, areas=None)}
    if not verdicts or any(verdict.code not in lines for verdict in verdicts):
        raise LineNotSubmitted(termly_return.state)
    if areas is not None and any(_area(lines[verdict.code]) not in areas for verdict in verdicts):
        raise NotTheirAreas(", ".join(sorted(areas)))
    accepted = [lines[verdict.code] for verdict in verdicts if verdict.accepted]
    back = [(lines[verdict.code], verdict.reason.strip()) for verdict in verdicts if not verdict.accepted]
    reasons = "\n".join(f"{_title(line)}: {reason}" for line, reason in back)
    return _settle(termly_return, accepted, back, reason=reasons, back_to=ReturnLine.State.SENT_BACK, by=by, at=at)


@transaction.atomic
def accept_return(*, termly_return: Return, by: User, at: datetime, areas: Collection[str] | None = None) -> Return:
    """Accept every submitted line in these areas, and mark the school's results for recomputing.

    Raises:
        OwnDecision: the person submitted the return or filled in some of it.
        NotSubmitted: nothing is waiting for a decision.
    """
    termly_return = locked_return(termly_return.pk)
    _refuse_own(termly_return, by)
    waiting = _waiting(termly_return, areas=areas)
    if not waiting:
        raise LineNotSubmitted(termly_return.state)
    return _settle(termly_return, waiting, [], reason="", back_to=ReturnLine.State.OPEN, by=by, at=at).termly_return


@transaction.atomic
def send_back_return(*, termly_return: Return, reason: str, by: User, at: datetime) -> Return:
    """Send every submitted line back to the school for one reason. Accepted lines stay accepted.

    Raises:
        OwnDecision: the person submitted the return or filled in some of it.
        ReasonNeeded: the reason is empty.
        NotSubmitted: nothing is waiting for a decision.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why, so that the school knows what to change")
    termly_return = locked_return(termly_return.pk)
    _refuse_own(termly_return, by)
    waiting = _waiting(termly_return, areas=None)
    if not waiting:
        raise LineNotSubmitted(termly_return.state)
    # The lines are open, not sent back: one reason is for all lines, so the school does not answer it line by line.
    back = [(line, reason) for line in waiting]
    return _settle(termly_return, [], back, reason=reason, back_to=ReturnLine.State.OPEN, by=by, at=at).termly_return


def _refuse_own(termly_return: Return, by: User) -> None:
    refuse_own(DecisionKind.RETURNS, decider=by.pk, proposers=people_who_filled_in(termly_return))


def _waiting(termly_return: Return, *, areas: Collection[str] | None) -> list[ReturnLine]:
    lines = termly_return.lines.filter(state=ReturnLine.State.SUBMITTED).select_related("definition").order_by("pk")
    return [line for line in lines if areas is None or _area(line) in areas]


def _area(line: ReturnLine) -> str:
    return line.asked.area.value if line.asked else ""


def _title(line: ReturnLine) -> str:
    return line.asked.title if line.asked else line.indicator_id


def _settle(
    termly_return: Return,
    accepted: Sequence[ReturnLine],
    back: Sequence[tuple[ReturnLine, str]],
    *,
    reason: str,
    back_to: ReturnLine.State,
    by: User,
    at: datetime,
) -> ReturnDecision:
    termly_return.lines.filter(pk__in=[line.pk for line in accepted]).update(state=ReturnLine.State.ACCEPTED)
    termly_return.lines.filter(pk__in=[line.pk for line, _ in back]).update(state=back_to)
    states = set(termly_return.lines.values_list("state", flat=True))
    termly_return.state = _state_of(states)
    termly_return.save(update_fields=["state"])
    steps = [(line, LineDecision.Step.ACCEPTED, "") for line in accepted]
    note_line_steps([*steps, *((line, LineDecision.Step.SENT_BACK, why) for line, why in back)], by=by, at=at)
    if accepted:
        _observe(termly_return, accepted, by=by, at=at)
        want_recomputation(school=termly_return.school, trust_id=termly_return.trust_id, at=at)
    if back:
        return note_return_step(termly_return, ReturnDecision.Step.SENT_BACK, by=by, at=at, reason=reason)
    is_whole = termly_return.state == Return.State.ACCEPTED
    return note_return_step(
        termly_return, ReturnDecision.Step.ACCEPTED if is_whole else ReturnDecision.Step.LINES_ACCEPTED, by=by, at=at
    )


def _state_of(lines: Collection[str]) -> Return.State:
    """Return the state of a submitted return, from the states of its lines."""
    if {ReturnLine.State.OPEN, ReturnLine.State.SENT_BACK} & set(lines):
        return Return.State.SENT_BACK
    return Return.State.SUBMITTED if ReturnLine.State.SUBMITTED in lines else Return.State.ACCEPTED


def _observe(termly_return: Return, lines: Sequence[ReturnLine], *, by: User, at: datetime) -> None:
    """Store accepted lines as observations. An existing observation is updated, and its earlier version is kept."""
    there = {
        (row.indicator_id, row.pupil_group): row
        for row in Observation.objects.filter(
            school_id=termly_return.school_id,
            school_year=termly_return.term.school_year,
            season=termly_return.term.season,
        ).order_by("pk")
    }
    reasons = dict(
        LineDecision.objects.filter(line__in=lines, step=LineDecision.Step.CORRECTION)
        .order_by("decided_at", "pk")
        .values_list("line_id", "reason")
    )
    new = []
    for line in lines:
        values, row = _said(line), there.get((line.indicator_id, line.pupil_group))
        if row is None:
            new.append(_observation(line, termly_return, values, by=by, at=at))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.version, row.reason = row.version + 1, reasons.get(line.pk, REPLACES)
            row.accepted_by, row.accepted_at = by, at
            row.save()
    Observation.objects.bulk_create(new)


def _said(line: ReturnLine) -> dict[str, Any]:
    has_value = line.value is not None
    return {
        "value": line.value,
        "numerator": line.numerator if has_value else None,
        "denominator": line.denominator if has_value else None,
        "status": ValueStatus.VALUE if has_value else line.missing_reason or ValueStatus.NOT_COLLECTED,
        "follows_on": line.follows_on,
        "source": "return",
        "comment": line.comment,
        "what": line.what,
        "why": line.why,
        "what_next": line.what_next,
    }


def _observation(
    line: ReturnLine, termly_return: Return, values: dict[str, Any], *, by: User, at: datetime
) -> Observation:
    return Observation(
        trust_id=line.trust_id,
        school_id=line.school_id,
        indicator_id=line.indicator_id,
        school_year=termly_return.term.school_year,
        season=termly_return.term.season,
        pupil_group=line.pupil_group,
        accepted_by=by,
        accepted_at=at,
        **values,
    )

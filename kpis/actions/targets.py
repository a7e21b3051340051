"""Propose targets to the Board, approve them and decline them. Figures are rated only against approved targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kpis.actions.recomputation import want_recomputations
from kpis.models import Target, TargetProposal
from kpis.rules.typed_targets import TypedTarget
from schools.models import School
from tables.dates import day_in_words
from trusts.locks import locked
from trusts.models import Trust, User
from trusts.reasons import ReasonNeeded
from trusts.two_people import DecisionKind, refuse_own


@dataclass(frozen=True, kw_only=True)
class ProposedTarget:
    """A target proposed for one school, indicator and school year, with the reason."""

    school: School
    code: str
    school_year: int
    target: TypedTarget
    reason: str


@transaction.atomic
def propose_targets(
    *, trust_id: int, proposed: Sequence[ProposedTarget], by: User, at: datetime
) -> list[TargetProposal]:
    """Propose targets to the Board. They replace undecided targets for the same school, indicator and year.

    Raises:
        ReasonNeeded: a reason is empty.
    """
    if any(not proposal.reason.strip() for proposal in proposed):
        raise ReasonNeeded("Say why, so that the Board can decide")
    locked(Trust.objects.filter(pk=trust_id)).get()  # Of two at once, the later replaces.
    waiting = TargetProposal.objects.filter(state=TargetProposal.State.WAITING)
    there = {(row.school_id, row.indicator_id, row.school_year): row.pk for row in waiting.order_by("pk")}
    again = [
        there[key]
        for proposal in proposed
        if (key := (proposal.school.pk, proposal.code, proposal.school_year)) in there
    ]
    TargetProposal.objects.filter(pk__in=again).update(
        state=TargetProposal.State.REPLACED, decided_by=by, decided_at=at
    )
    return TargetProposal.objects.bulk_create(
        TargetProposal(
            trust_id=trust_id, school=proposal.school, indicator_id=proposal.code, school_year=proposal.school_year,
            value=proposal.target.value, upper_value=proposal.target.upper, tolerance=proposal.target.tolerance,
            reason=proposal.reason.strip(), proposed_by=by, proposed_at=at,
        )
        for proposal in proposed
    )  # fmt: skip


@transaction.atomic
def approve_targets(*, trust_id: int, proposals: Sequence[int], by: User, at: datetime) -> list[School]:
    """Approve proposed targets; return the schools whose results must be calculated again.

    Proposals that have been decided or replaced since do not change.

    Raises:
        OwnDecision: the person who approves proposed one of them.
    """
    schools, approved = {}, []
    for proposal in _waiting(proposals, by):
        approved.append(
            Target(
                trust_id=trust_id, school=proposal.school, indicator_id=proposal.indicator_id,
                school_year=proposal.school_year, value=proposal.value, upper_value=proposal.upper_value,
                tolerance=proposal.tolerance,
                provenance=f"set by the Board, {day_in_words(timezone.localdate(at))}: {proposal.reason}",
            )
        )  # fmt: skip
        _decide(proposal, TargetProposal.State.APPROVED, by=by, at=at)
        schools[proposal.school_id] = proposal.school
    Target.objects.bulk_create(
        approved,
        update_conflicts=True,
        unique_fields=["trust", "school", "indicator", "school_year"],
        update_fields=["value", "upper_value", "tolerance", "provenance"],
    )
    want_recomputations(schools=schools.values(), trust_id=trust_id, at=at)
    return list(schools.values())


@transaction.atomic
def decline_targets(*, proposals: Sequence[int], reason: str, by: User, at: datetime) -> int:
    """Decline proposed targets with a reason. Current targets stay. Return how many were declined.

    Raises:
        ReasonNeeded: the reason is empty.
        OwnDecision: the person who declines proposed one of them.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why, so that another target can be proposed")
    found = _waiting(proposals, by)
    for proposal in found:
        _decide(proposal, TargetProposal.State.DECLINED, by=by, at=at, reason=reason)
    return len(found)


def _waiting(proposals: Sequence[int], by: User) -> list[TargetProposal]:
    waiting = locked(TargetProposal.objects.select_related("school"))
    found = list(waiting.filter(pk__in=proposals, state=TargetProposal.State.WAITING).order_by("pk"))
    proposers = [proposal.proposed_by_id for proposal in found]
    refuse_own(DecisionKind.TARGETS, decider=by.pk, proposers=proposers)
    return found


def _decide(proposal: TargetProposal, state: TargetProposal.State, *, by: User, at: datetime, reason: str = "") -> None:
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.decided_reason = state, by, at, reason
    proposal.save(update_fields=["state", "decided_by", "decided_at", "decided_reason"])

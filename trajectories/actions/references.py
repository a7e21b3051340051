"""Save the reference lines that a trust sets for itself: one person proposes them, another approves them."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from kpis.actions.recomputation import want_recomputations
from schools.models import School
from trajectories.models import ReferenceProposal, TrustReference
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.trust_lines import TrustLine, faults_in, with_trust_lines
from trusts.locks import locked
from trusts.models import Trust, User
from trusts.two_people import DecisionKind, refuse_own


class ProposalDecided(Exception):
    """Somebody decided on the proposal or replaced it since the page was opened."""


@transaction.atomic
def propose_reference(
    *, trust: Trust, lines: Collection[TrustLine], provenance: str, by: User, at: datetime
) -> ReferenceProposal:
    """Propose lines for the trust. A proposal that was waiting is replaced. Without ``lines``: the standard ones."""
    locked(Trust.objects.all()).get(pk=trust.pk)  # Two who propose at once replace one another.
    waiting = ReferenceProposal.objects.filter(trust=trust, state=ReferenceProposal.State.WAITING)
    waiting.update(state=ReferenceProposal.State.REPLACED, decided_by=by, decided_at=at)
    return ReferenceProposal.objects.create(
        trust=trust,
        lines=[asdict(line) for line in lines],
        provenance=provenance.strip(),
        proposed_by=by,
        proposed_at=at,
    )


@transaction.atomic
def decide_reference(*, proposal: ReferenceProposal, approve: bool, by: User, at: datetime) -> TrustReference | None:
    """Approve proposed lines, which then apply, or decline them. Return the new version, or None.

    Raises:
        OwnDecision: the person proposed them.
        ProposalDecided: they were decided on or replaced since.
        ValueError: as ``replace_reference``.
    """
    locked(Trust.objects.all()).get(pk=proposal.trust_id)  # Before the proposal, in the order of trusts/locks.py.
    waiting = locked(ReferenceProposal.objects.all()).select_related("proposed_by", "trust")
    found = waiting.filter(pk=proposal.pk, state=ReferenceProposal.State.WAITING).first()
    if found is None:
        raise ProposalDecided(proposal.state)
    refuse_own(DecisionKind.REFERENCE_LINES, decider=by.pk, proposers=[found.proposed_by_id])
    found.state = ReferenceProposal.State.APPROVED if approve else ReferenceProposal.State.DECLINED
    found.decided_by, found.decided_at = by, at
    found.save(update_fields=["state", "decided_by", "decided_at"])
    if not approve:
        return None
    return replace_reference(
        trust=found.trust,
        lines=[TrustLine(**line) for line in found.lines],
        provenance=found.provenance,
        by=found.proposed_by,
        at=at,
        approved_by=by,
    )


@transaction.atomic
def replace_reference(
    *,
    trust: Trust,
    lines: Collection[TrustLine],
    provenance: str,
    by: User,
    at: datetime,
    approved_by: User | None = None,
) -> TrustReference:
    """Save a new version of the trust's own lines, and mark every school of the trust for recomputing.

    Earlier versions stay as they are. With no ``lines``, the trust goes back to the standard ones.

    Raises:
        ValueError: the lines are out of range or out of order, the provenance is empty, or the trust already uses the
            standard lines and sets none.
    """
    if not (provenance := provenance.strip()):
        raise ValueError("a reference set needs its provenance")
    locked(Trust.objects.filter(pk=trust.pk)).get()  # Two versions set at once get different numbers.
    last = TrustReference.objects.filter(trust=trust).order_by("-number").first()
    if not lines and (last is None or not last.lines):
        raise ValueError("the trust already uses the standard lines")
    number = last.number + 1 if last else 1
    proposed = with_trust_lines(standard_reference(), lines, number=number, provenance=provenance)
    if faults := faults_in(proposed, sorted({line.phase for line in lines})):
        raise ValueError("; ".join(faults))
    version = TrustReference.objects.create(
        trust=trust,
        number=number,
        lines=[asdict(line) for line in lines],
        provenance=provenance,
        set_by=by,
        set_at=at,
        approved_by=approved_by,
    )
    want_recomputations(schools=School.objects.filter(trust=trust), trust_id=trust.pk, at=at)
    return version

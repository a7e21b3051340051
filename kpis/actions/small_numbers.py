"""Save the Board's rules for small numbers: one person proposes them, another approves them. They are never changed."""

from datetime import date, datetime

from django.db import transaction

from kpis.actions.recomputation import want_recomputations
from kpis.actions.scoring import rescore_trust
from kpis.models import SmallNumberPolicy, SmallNumberProposal
from kpis.queries.small_numbers import as_stored
from kpis.rules.privacy import SmallNumberRules, rule_faults
from schools.models import School
from trusts.locks import locked
from trusts.models import Trust, User
from trusts.reasons import ReasonNeeded
from trusts.two_people import DecisionKind, refuse_own


class ContradictoryRules(ValueError):
    """Somebody outside would see more than somebody inside, or a number is not allowed."""


class DecidedInTheFuture(ValueError):
    """The day of the decision has not come."""


class RulesDecided(Exception):
    """Somebody decided on the proposed rules or replaced them since the page was opened."""


@transaction.atomic
def propose_small_numbers(
    *, trust: Trust, rules: SmallNumberRules, decided_on: date, reason: str, by: User, at: datetime, on: date
) -> SmallNumberProposal:
    """Propose from which count on each audience sees figures. Rules that were waiting for approval are replaced.

    Raises:
        ReasonNeeded: the reason is empty.
        ContradictoryRules: see ``kpis.rules.privacy.rule_faults``.
        DecidedInTheFuture: the Board's decision is after ``on``, today.
    """
    if not reason.strip():
        raise ReasonNeeded("a decision about small numbers")
    if decided_on > on:
        raise DecidedInTheFuture(str(decided_on))
    if faults := list(rule_faults(rules)):
        raise ContradictoryRules("; ".join(message for _, message in faults))
    locked(Trust.objects.filter(pk=trust.pk)).get()  # Two who propose at once replace one another.
    waiting = SmallNumberProposal.objects.filter(trust=trust, state=SmallNumberProposal.State.WAITING)
    waiting.update(state=SmallNumberProposal.State.REPLACED, decided_by=by, decided_at=at)
    return SmallNumberProposal.objects.create(
        trust=trust, fewest=as_stored(rules), decided_on=decided_on, reason=reason, proposed_by=by, proposed_at=at
    )


@transaction.atomic
def decide_small_numbers(
    *, proposal: SmallNumberProposal, approve: bool, by: User, at: datetime, on: date
) -> SmallNumberPolicy | None:
    """Approve proposed rules, which then apply at once, or decline them. Return the new rules, or None.

    The headlines are calculated again in the same transaction, so that nobody sees figures by the old rules. Journeys,
    phases and outlooks follow with the next recomputation. Every school of the trust must be in scope.

    Raises:
        OwnDecision: the person proposed them.
        RulesDecided: they were decided on or replaced since.
    """
    # The latest decision must be the last to be saved.
    trust = locked(Trust.objects.filter(pk=proposal.trust_id)).get()
    waiting = locked(SmallNumberProposal.objects.filter(pk=proposal.pk, state=SmallNumberProposal.State.WAITING))
    found = waiting.first()
    if found is None:
        raise RulesDecided(proposal.state)
    refuse_own(DecisionKind.SMALL_NUMBERS, decider=by.pk, proposers=[found.proposed_by_id])
    found.state = SmallNumberProposal.State.APPROVED if approve else SmallNumberProposal.State.DECLINED
    found.decided_by, found.decided_at = by, at
    found.save(update_fields=["state", "decided_by", "decided_at"])
    if not approve:
        return None
    policy = SmallNumberPolicy.objects.create(
        trust=trust,
        fewest=found.fewest,
        decided_on=found.decided_on,
        reason=found.reason,
        entered_by_id=found.proposed_by_id,
        entered_at=at,
        approved_by=by,
    )
    want_recomputations(schools=School.objects.filter(trust=trust).by_name(), trust_id=trust.pk, at=at)
    rescore_trust(trust_id=trust.pk, on=on)
    return policy

"""Enter the Board's decisions about small numbers. Decisions are added and never changed."""

from datetime import date, datetime

from django.db import transaction

from kpis.actions.recomputation import want_recomputations
from kpis.actions.scoring import rescore_trust
from kpis.models import SmallNumberPolicy
from kpis.queries.small_numbers import as_stored
from kpis.rules.privacy import SmallNumberRules, rule_faults
from schools.models import School
from trusts.locks import locked
from trusts.models import Trust, User
from trusts.reasons import ReasonNeeded


class ContradictoryRules(ValueError):
    """Somebody outside would see more than somebody inside, or a number is not allowed."""


class DecidedInTheFuture(ValueError):
    """The day of the decision has not come."""


@transaction.atomic
def decide_small_numbers(
    *, trust: Trust, rules: SmallNumberRules, decided_on: date, reason: str, by: User, at: datetime, on: date
) -> SmallNumberPolicy:
    """Enter the Board's decision from which count on each audience sees figures. It applies at once.

    The headlines are calculated again in the same transaction, so that nobody sees figures by the old rules. Journeys,
    phases and outlooks follow with the next recomputation. Every school of the trust must be in scope.

    Raises:
        ReasonNeeded: the reason is empty.
        ContradictoryRules: see ``kpis.rules.privacy.rule_faults``.
        DecidedInTheFuture: the decision is after ``on``, today.
    """
    if not reason.strip():
        raise ReasonNeeded("a decision about small numbers")
    if decided_on > on:
        raise DecidedInTheFuture(str(decided_on))
    if faults := list(rule_faults(rules)):
        raise ContradictoryRules("; ".join(message for _, message in faults))
    locked(Trust.objects.filter(pk=trust.pk)).get()  # The latest decision must be the last to be saved.
    policy = SmallNumberPolicy.objects.create(
        trust=trust, fewest=as_stored(rules), decided_on=decided_on, reason=reason, entered_by=by, entered_at=at
    )
    want_recomputations(schools=School.objects.filter(trust=trust).by_name(), trust_id=trust.pk, at=at)
    rescore_trust(trust_id=trust.pk, on=on)
    return policy

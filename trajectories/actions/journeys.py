"""Save what a person decides about a school's journey."""

from datetime import datetime

from django.db import transaction

from kpis.actions.recomputation import want_recomputation
from schools.models import School
from trajectories.models import LETTERS, JourneyDecision, Placement
from trajectories.queries.journeys import decisions_in_force
from trajectories.queries.own_school import refuse_own_school
from trusts.models import User


@transaction.atomic
def decide_journey(
    *, trust_id: int, school: School, letter: str, reason: str, by: User, at: datetime
) -> JourneyDecision:
    """Save the journey that a person decides a school is on, and mark the school for recomputing.

    The engine's own answer is kept too. An empty ``letter`` withdraws the decision in force, so that the engine's
    answer counts again.

    Raises:
        OwnDecision: the person is a headteacher of the school.
        ValueError: the letter is not one of the eight, there is no decision to withdraw, or the reason is empty.
    """
    refuse_own_school(trust_id=trust_id, school_id=school.pk, by=by, at=at)
    if letter and letter not in LETTERS:
        raise ValueError(f"{letter!r} is not one of the eight journeys")
    if not letter and school.pk not in decisions_in_force([school]):
        raise ValueError("there is no decision to withdraw")
    if not (reason := reason.strip()):
        raise ValueError("a decision needs a reason")
    placement = Placement.objects.filter(school=school).order_by("-pk").first()
    decision = JourneyDecision.objects.create(
        trust_id=trust_id,
        school=school,
        letter=letter,
        engine_letter=placement.letter if placement else "",
        reason=reason,
        decided_by=by,
        decided_at=at,
    )
    want_recomputation(school=school, trust_id=trust_id, at=at)
    return decision

"""The engine's latest answers about schools."""

from collections.abc import Collection
from typing import Any

from schools.models import School
from trajectories.models import CapacityStatus, JourneyDecision, PhaseDecision, PhaseProposal, Placement
from trajectories.queries.journeys import decisions_in_force
from trajectories.rules.in_force import JourneyInForce, PhaseInForce, journey_in_force, phase_in_force

NOT_WORKED_OUT = "Nothing has been calculated for this school yet."


def latest_answers(schools: Collection[School]) -> dict[int, dict[str, Any]]:
    """Return the latest rows of each school by URN, each None where the school has no such row.

    The keys are ``placement``, ``phase``, ``decision`` (on the phase), ``journey`` (the decision in force on it) and
    ``capacity``. Five queries, whatever the number of schools.
    """
    rows_of: dict[int, dict[str, Any]] = {
        school.pk: dict.fromkeys(("placement", "phase", "decision", "journey", "capacity")) for school in schools
    }
    for name, model in (("placement", Placement), ("phase", PhaseProposal), ("capacity", CapacityStatus)):
        newest = model._default_manager.filter(school__in=schools).order_by("school_id", "-pk").distinct("school_id")
        for row in newest:
            rows_of[row.school_id][name] = row
    decided = PhaseDecision.objects.filter(school__in=schools).select_related("decided_by")
    for decision in decided.order_by("school_id", "-decided_at", "-pk").distinct("school_id"):
        rows_of[decision.school_id]["decision"] = decision
    for urn, journey in decisions_in_force(schools).items():
        rows_of[urn]["journey"] = journey
    return rows_of


def phase_that_counts(proposal: PhaseProposal | None, decision: PhaseDecision | None) -> PhaseInForce:
    """Return the phase that counts for a school, from its latest proposal and the latest decision on it."""
    proposed = proposal.phase if proposal else ""
    if decision is None:
        return phase_in_force(proposed)
    return phase_in_force(proposed, decided=decision.phase, proposed_then=decision.proposed)


def journey_that_counts(placement: Placement | None, decision: JourneyDecision | None) -> JourneyInForce:
    """Return the journey that counts for a school, from the engine's latest answer and the decision in force."""
    engine = placement.letter if placement else ""
    if decision is None:
        return journey_in_force(engine)
    return journey_in_force(engine, decided=decision.letter, engine_then=decision.engine_letter)

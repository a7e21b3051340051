"""Keep what a school can give and needs, as it follows from its journey, its phase and the phases of its parts."""

from dataclasses import asdict
from typing import Any

from schools.models import School
from trajectories.actions.keeping import add_if_changed
from trajectories.models import CapacityStatus, JourneyDecision
from trajectories.queries.phases import phase_decisions
from trajectories.rules.capacity import Capacity, capacity_of
from trajectories.rules.phase import PhaseProposal


def keep_capacity(
    *,
    school: School,
    letter: str | None,
    decision: JourneyDecision | None,
    proposal: PhaseProposal,
    common: dict[str, Any],
) -> None:
    """Work out the school's capacity status from the journey and the phase that count, and keep it if it changed.

    ``letter`` is the engine's answer; a person's ``decision`` on the journey comes before it, and the reason says so.
    """
    phase, letter = _phase(school, proposal), decision.letter if decision else letter
    fields = _fields(capacity_of(letter, phase or None), letter, phase)
    if decision:
        fields["reason"] += f" The journey was decided by {decision.decided_by.name}, not by the engine."
    add_if_changed(CapacityStatus(**common, **fields))


def _phase(school: School, proposal: PhaseProposal) -> str:
    decided = phase_decisions(school)
    return decided[0].phase if decided else proposal.phase or ""


def _fields(capacity: Capacity, letter: str | None, phase: str) -> dict[str, Any]:
    return {
        "status": capacity.status,
        "flag": ", ".join(capacity.flags),
        "reason": capacity.reason,
        "inputs": asdict(capacity) | {"letter": letter or "", "phase": phase},
    }

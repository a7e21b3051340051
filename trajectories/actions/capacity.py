"""Save what a school can give and what it needs: calculated from journey and phases, and recorded by people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from kpis.actions.recomputation import want_recomputation
from schools.models import School
from trajectories.actions.engine_answers import add_changed, add_if_changed
from trajectories.models import AreaCapacity, CapacityStatus, DimensionRecord, JourneyDecision, Unit
from trajectories.queries.dimensions import latest_records
from trajectories.queries.phases import phase_decisions
from trajectories.rules.areas import area_phase, areas
from trajectories.rules.capacity import SchoolCapacity, area_capacity, capacity_of
from trajectories.rules.dimensions import dimensions, is_any
from trajectories.rules.phase import LineLevel, ProposedPhase
from trusts.models import User


@transaction.atomic
def record_dimension(
    *,
    trust_id: int,
    school: School,
    dimension: str,
    has_level: str,
    has_text: str,
    needs_level: str,
    needs_text: str,
    by: User,
    at: datetime,
) -> DimensionRecord:
    """Save what a school has to give and what it needs in one dimension of capacity. Earlier records stay.

    Raises:
        ValueError: the dimension or a level is not known, or a level other than "none" has no text.
    """
    texts = {"has_text": has_text.strip(), "needs_text": needs_text.strip()}
    if dimension not in dimensions() or {has_level, needs_level} - set(DimensionRecord.Level.values):
        raise ValueError(f"{dimension!r} with {has_level!r} and {needs_level!r} is not a dimension with two levels")
    if (has_level != "none" and not texts["has_text"]) or (needs_level != "none" and not texts["needs_text"]):
        raise ValueError("describe what the school has or needs")
    record = DimensionRecord.objects.create(
        trust_id=trust_id, school=school, dimension=dimension, has_level=has_level, needs_level=needs_level, **texts,
        recorded_by=by, recorded_at=at,
    )  # fmt: skip
    want_recomputation(school=school, trust_id=trust_id, at=at)
    return record


def keep_capacity(
    *,
    school: School,
    letter: str | None,
    decision: JourneyDecision | None,
    proposal: ProposedPhase,
    units: Sequence[tuple[Unit, str]],
    common: dict[str, Any],
) -> None:
    """Calculate what the school and each of its areas can give or need, and save what changed. At most six queries.

    ``letter`` is the engine's answer. A person's ``decision`` on the journey overrides it, and the reason says so. A
    phase that a person decided overrides the proposed one in the same way.
    """
    decided, letter = phase_decisions(school), decision.letter if decision else letter
    phase = decided[0].phase if decided else proposal.phase or ""
    records = latest_records([school]).get(school.pk, {})
    capacity = capacity_of(
        letter,
        phase or None,
        has_offers=is_any({code: record.has_level for code, record in records.items()}),
        has_needs=is_any({code: record.needs_level for code, record in records.items()}),
    )
    by_people = [name for name, row in (("letter", decision), ("phase", decided)) if row]
    given = {"letter": letter or "", "phase": phase, "decided": by_people}
    fields = _fields(capacity, given)
    if decision:
        fields["reason"] += f" The journey was decided by {decision.decided_by.name}, not by Sightline."
    add_if_changed(CapacityStatus(**common, **fields))
    rows = _areas(school, capacity.status, given, units, proposal.levels)
    add_changed([AreaCapacity(**common, **row) for row in rows], by=("area",))


def _fields(capacity: SchoolCapacity, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": capacity.status,
        "flag": ", ".join(capacity.flags),
        "reason": capacity.reason,
        "inputs": asdict(capacity) | given,
    }


def _areas(
    school: School,
    status: str,
    given: dict[str, Any],
    units: Sequence[tuple[Unit, str]],
    levels: Mapping[str, LineLevel],
) -> list[dict[str, Any]]:
    rows = []
    for area in areas().values():
        if not area.in_phase(school.phase):
            continue
        own = [(unit.name, phase) for unit, phase in units if unit.area == area.code]
        found = area_phase(area, own, levels)
        answer = area_capacity(status, given["phase"], found.phase)
        inputs = given | {"status": status, "area_phase": found.phase, "says": found.says, "rule": answer.rule}
        reason = f"{found.says} {answer.reason}" if found.phase else found.says
        rows.append({"area": area.code, "status": answer.status, "reason": reason, "inputs": inputs})
    return rows

"""Save the units of a school, what people see of them, and the phase that follows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pandas as pd
from django.db import IntegrityError, transaction

from kpis.actions.recomputation import want_recomputation
from schools.models import School
from trajectories.actions.engine_answers import add_changed
from trajectories.models import LineJudgement, Unit, UnitJudgement, UnitPhase
from trajectories.queries.own_school import refuse_own_school
from trajectories.queries.units import judgements_heard, levels_by_voice, published_progress
from trajectories.rules.areas import areas
from trajectories.rules.percentiles import NationalTables
from trajectories.rules.units import unit_phase, unit_rubric
from trusts.models import User

ONE_OF_A_NAME = "one_open_unit_of_a_name"  # The database's constraint: two people may add the same name at once.


class UnitNameTaken(ValueError):
    """The school already has an open unit with that name."""

    def __init__(self) -> None:
        super().__init__("The school already has a unit with that name")


@transaction.atomic
def add_unit(*, trust_id: int, school: School, name: str, kind: str, area: str, by: User, at: datetime) -> Unit:
    """Add a unit to a school.

    Raises:
        ValueError: the name is empty, or the kind or the area is not known.
        NameTaken: the school already has an open unit with that name.
    """
    unit = Unit(trust_id=trust_id, school=school, added_by=by, added_at=at, **_checked(name, kind, area))
    with _name_is_free():
        unit.save(force_insert=True)
    want_recomputation(school=school, trust_id=trust_id, at=at)
    return unit


@transaction.atomic
def change_unit(*, unit: Unit, name: str, kind: str, area: str, at: datetime) -> None:
    """Rename a unit, or correct its kind or area. It keeps its phases, and the audit trail has its earlier details.

    Raises:
        ValueError: the unit is closed, the name is empty, or the kind or the area is not known.
        NameTaken: the school already has an open unit with that name.
    """
    if unit.closed_at:
        raise ValueError("a closed unit cannot be changed")
    given = _checked(name, kind, area)
    with _name_is_free():
        Unit.objects.filter(pk=unit.pk, closed_at__isnull=True).update(**given)
    want_recomputation(school=unit.school, trust_id=unit.trust_id, at=at)


@transaction.atomic
def close_unit(*, unit: Unit, reason: str, by: User, at: datetime) -> None:
    """Close a unit. It leaves the lists and no longer counts for its area; its history stays.

    Raises:
        ValueError: the reason is empty, or the unit is closed already.
    """
    if not (reason := reason.strip()):
        raise ValueError("closing a unit needs a reason")
    open_units = Unit.objects.filter(pk=unit.pk, closed_at__isnull=True)
    if not open_units.update(closed_at=at, closed_by=by, closed_reason=reason):
        raise ValueError("the unit is closed already")
    want_recomputation(school=unit.school, trust_id=unit.trust_id, at=at)


@transaction.atomic
def judge_unit(
    *,
    unit: Unit,
    voice: LineJudgement.Voice,
    levels: Mapping[str, str],
    reason: str,
    evidence: str = "",
    by: User,
    at: datetime,
) -> UnitJudgement:
    """Save what the school or the trust saw of a unit, line by line, and mark the school for recomputing.

    A line that was not seen is left out of ``levels``: the voice's earlier judgement of it still counts. Earlier
    judgements stay as they are.

    Raises:
        OwnDecision: the person is a headteacher of the school and would judge the unit for the trust.
        ValueError: the unit is closed, a line or a phase is not known, nothing was seen, or the reason is empty.
    """
    if voice == LineJudgement.Voice.TRUST:
        refuse_own_school(trust_id=unit.trust_id, school_id=unit.school_id, by=by, at=at)
    rubric = unit_rubric()
    if unit.closed_at:
        raise ValueError("a closed unit cannot be judged")
    for line, phase in levels.items():
        rubric.line(line)
        if phase not in rubric.phases:
            raise ValueError(f"{phase!r} is not a phase")
    if not levels or not (reason := reason.strip()):
        raise ValueError("a judgement needs at least one line that was seen, and a reason")
    judgement = UnitJudgement.objects.create(
        trust_id=unit.trust_id,
        unit=unit,
        school_id=unit.school_id,
        voice=voice,
        levels=dict(levels),
        reason=reason,
        evidence=evidence.strip(),
        judged_by=by,
        judged_at=at,
    )
    want_recomputation(school=unit.school, trust_id=unit.trust_id, at=at)
    return judgement


def keep_units(
    *, school: School, results: pd.DataFrame, common: dict[str, Any], tables: NationalTables | None = None
) -> list[tuple[Unit, str]]:
    """Calculate the phase of each open unit, save those that changed, and return every unit with its phase.

    ``results`` are the school's published results in the shape that standings take. A phase is empty where too little
    is known. Four queries, whatever the number of units.
    """
    units = list(Unit.objects.filter(school=school).open())
    judged = judgements_heard(UnitJudgement.objects.filter(school=school, unit__in=units))
    answers, rows = [], []
    for unit in units:
        suggested = published_progress(unit, school, results, tables)
        proposal = unit_phase(data=suggested, **levels_by_voice(judged.get(unit.pk, {})))
        inputs = asdict(proposal) | {"suggested": {line: asdict(level) for line, level in suggested.items()}}
        rows.append(UnitPhase(**common, unit=unit, phase=proposal.phase or "", reason=proposal.reason, inputs=inputs))
        answers.append((unit, proposal.phase or ""))
    add_changed(rows, by=("unit_id",))
    return answers


@contextmanager
def _name_is_free() -> Iterator[None]:
    """Turn the database's refusal of a name into a sentence.

    Raises:
        NameTaken: the school already has an open unit with that name.
    """
    try:
        yield
    except IntegrityError as refused:
        if ONE_OF_A_NAME not in str(refused):
            raise
        raise UnitNameTaken from refused


def _checked(name: str, kind: str, area: str) -> dict[str, str]:
    if not (name := name.strip()):
        raise ValueError("a unit needs a name")
    if kind not in Unit.Kind.values or (area and area not in areas()):
        raise ValueError(f"{kind!r} is not a kind, or {area!r} is not an area")
    return {"name": name, "kind": kind, "area": area}

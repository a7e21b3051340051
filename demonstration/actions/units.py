"""Load the units, phase decisions and dimensions, as people would have written them over a year."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from demonstration.actions.returns import noon
from demonstration.trust.units import CLOSED, DECIDED, DIMENSIONS, UNITS, UnitStory
from schools.models import School, Term
from trajectories.actions import decide_phase
from trajectories.actions.capacity import record_dimension
from trajectories.actions.recomputing import ENGINE_VERSION
from trajectories.actions.units import add_unit, close_unit, judge_unit, keep_units
from trajectories.models import LineJudgement, PhaseProposal, Unit
from trajectories.queries import engine_inputs
from trusts.models import User

SEEN = ("outcomes", "teaching", "curriculum")
LOOKED = timedelta(days=10)  # Units are visited this long before the end of a term.


def begin_units(school: School, past: Sequence[Term], ed: User, headteacher: User, at: datetime) -> int:
    """Add a school's units and the trust's judgements of the last three terms. Return the number of units.

    ``past`` has those terms, oldest first.
    """
    stories = UNITS.get(school.pk, ())
    days = [noon(term.ends_date - LOOKED, at) for term in past]
    units = [(_add(school, story, headteacher, days[0]), story) for story in stories]
    closed, why = CLOSED.get(school.pk, (None, ""))
    if closed:
        units.append((_add(school, closed, headteacher, days[0]), closed))
    for place, day in enumerate(days):
        for unit, story in units:
            _judge(unit, LineJudgement.Voice.TRUST, story.phases[place], story.reason, ed, day)
        _work_out(school, day)
    if closed:
        close_unit(unit=units.pop()[0], reason=why, by=headteacher, at=days[-1])
    return len(units)


def finish_units(school: School, ed: User, headteacher: User, at: datetime) -> None:
    """Add this term's judgements of a school's units, the decision on its phase, and what it can give and needs."""
    named = {unit.name: unit for unit in Unit.objects.filter(school=school).open().select_related("school")}
    for story in UNITS.get(school.pk, ()):
        unit = named[story.name]
        _judge(
            unit,
            LineJudgement.Voice.SCHOOL,
            story.school,
            "From our own review this term",
            headteacher,
            at - timedelta(days=16),
        )
        _judge(unit, LineJudgement.Voice.TRUST, story.phases[-1], story.reason, ed, at - timedelta(days=15))
    for dimension in DIMENSIONS.get(school.pk, ()):
        record_dimension(
            trust_id=school.trust_id or 0, school=school, dimension=dimension.dimension, has_level=dimension.has[0],
            has_text=dimension.has[1], needs_level=dimension.needs[0], needs_text=dimension.needs[1], by=headteacher,
            at=at - timedelta(days=14),
        )  # fmt: skip
    if school.pk in DECIDED:
        phase, reason = DECIDED[school.pk]
        proposed = PhaseProposal.objects.filter(school=school).latest("pk").phase
        decide_phase(
            trust_id=school.trust_id or 0, school=school, phase=phase or proposed, reason=reason, by=ed,
            at=at - timedelta(days=13),
        )  # fmt: skip


def _add(school: School, story: UnitStory, by: User, at: datetime) -> Unit:
    return add_unit(
        trust_id=school.trust_id or 0, school=school, name=story.name, kind=story.kind, area=story.area, by=by, at=at
    )


def _judge(unit: Unit, voice: LineJudgement.Voice, phase: str, reason: str, by: User, at: datetime) -> None:
    if phase:
        levels = dict.fromkeys(SEEN, phase)
        judge_unit(
            unit=unit,
            voice=voice,
            levels=levels,
            reason=reason,
            evidence="A day of lesson visits and pupils' books",
            by=by,
            at=at,
        )


def _work_out(school: School, at: datetime) -> None:
    common = {"trust_id": school.trust_id, "school": school, "computed_at": at, "engine_version": ENGINE_VERSION}
    keep_units(
        school=school,
        results=engine_inputs.results_for_engine(school, engine_inputs.published_for_engine(school)),
        common=common,
    )

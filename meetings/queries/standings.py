"""The three judgements at the head of a school's page: its phase, its trajectory and its capacity."""

from kpis.rules.terms import label as year_label
from kpis.rules.wording import join
from meetings.queries.lines import sentence
from meetings.report import Standing, day, london
from trajectories.models import CapacityStatus, PhaseProposal, Placement
from trajectories.rules.capacity import FLAGS, journeys
from trajectories.rules.phase import standard_rubric

NOT_YET = "Nothing has been worked out for this school yet."
CAPACITIES = {
    "giver": "Capacity giver",
    "potential_giver": "Potential giver",
    "taker": "Capacity taker",
    "": "Not placed",
}
NO_JOURNEY = {"": "Not placed", "none": "None of the eight"}


def phase_of(result: PhaseProposal | None) -> Standing:
    """Put a phase proposal into words, with the lines that hold the school back."""
    if result is None:
        return Standing(code="", label="No phase proposed", reason=NOT_YET)
    names = {line.code: line.name.lower() for line in standard_rubric().lines}
    held_back = [names.get(code, code) for code in result.held_back_by]
    return Standing(
        code=result.phase,
        label=result.phase.capitalize() or "No phase proposed",
        reason=sentence(result.reason),
        details=(f"Held back by {join(held_back)}.",) if held_back else (),
    )


def trajectory_of(result: Placement | None) -> Standing:
    """Put a placement into words: the rule, how sure it is, the rule that nearly fired, and Carter's question."""
    if result is None:
        return Standing(code="", label=NO_JOURNEY[""], reason=NOT_YET)
    journey = journeys().get(result.letter)
    known = [
        f"rule {result.rule}" if result.rule else "",
        f"{result.confidence} confidence" if result.confidence else "",
        f"results to {year_label(result.data_cutoff)}" if result.data_cutoff else "",
    ]
    question = journey.question if journey else ""
    details = [sentence(", ".join(filter(None, known))), sentence(result.runner_up), question]
    return Standing(
        code=result.letter,
        label=journey.name if journey else NO_JOURNEY.get(result.letter, result.letter),
        reason=sentence(result.reason),
        details=tuple(filter(None, details)),
    )


def capacity_of(result: CapacityStatus | None) -> Standing:
    """Put a capacity status into words, with its flags and the day it became so."""
    if result is None:
        return Standing(code="", label="Not placed", reason=NOT_YET)
    code = result.status.replace(" ", "_").removeprefix("not_placed")
    flags = [sentence(FLAGS.get(flag, flag)) for flag in result.flag.split(", ")]
    return Standing(
        code=code,
        label=CAPACITIES.get(code, result.status),
        reason=sentence(result.reason),
        details=tuple(filter(None, (*flags, f"Since {day(london(result.computed_at))}."))),
    )

"""Put a school's phase, trajectory and capacity into words, for the top of its page."""

from meetings.queries.report_lines import sentence
from meetings.report import SchoolJudgement, london_time
from schools.rules.terms import school_year_label
from tables.dates import day_in_words
from tables.word_lists import join_in_words
from trajectories.models import CapacityStatus, JourneyDecision, PhaseDecision, PhaseProposal, Placement
from trajectories.queries.latest_answers import NOT_WORKED_OUT, journey_that_counts, phase_that_counts
from trajectories.rules.capacity import FLAGS, STATUSES, journey_name, journeys, status_code
from trajectories.rules.rubric import standard_rubric


def phase_judgement(result: PhaseProposal | None, decision: PhaseDecision | None = None) -> SchoolJudgement:
    """Put a school's phase into words, with the decision, the rule's proposal and what holds the school back.

    A person's decision is the phase. The details also give the rule's proposal.
    """
    if result is None and decision is None:
        return SchoolJudgement(code="", label="No phase proposed", reason=NOT_WORKED_OUT)
    names = {line.code: line.name.lower() for line in standard_rubric().lines}
    held_back = [names.get(code, code) for code in result.held_back_by] if result else []
    counts = phase_that_counts(result, decision)
    return SchoolJudgement(
        code=counts.phase,
        label=counts.phase.capitalize() or "No phase proposed",
        reason=sentence(result.reason) if result else NOT_WORKED_OUT,
        details=(
            *_decided(decision, counts.says),
            *([f"Held back by {join_in_words(held_back)}."] if held_back else []),
        ),
    )


def _decided(decision: PhaseDecision | None, says: str) -> tuple[str, ...]:
    if decision is None:
        return ()
    by = f"By {decision.decided_by.name} on {day_in_words(london_time(decision.decided_at))}."
    return (" ".join(filter(None, [says, sentence(decision.reason), by])),)


def trajectory_judgement(result: Placement | None, decision: JourneyDecision | None = None) -> SchoolJudgement:
    """Put a placement into words, with the rule, its confidence, the nearest other rule and Carter's question.

    A person's decision is the journey. The details also give the engine's answer.
    """
    if result is None and decision is None:
        return SchoolJudgement(code="", label=journey_name(""), reason=NOT_WORKED_OUT)
    counts = journey_that_counts(result, decision)
    journey = journeys().get(counts.letter)
    details = [*_decided_journey(decision, counts.says), *(_engine(result) if result else [])]
    return SchoolJudgement(
        code=counts.letter,
        label=journey_name(counts.letter),
        reason=sentence(result.reason) if result else NOT_WORKED_OUT,
        details=tuple(filter(None, [*details, journey.question if journey else ""])),
    )


def _decided_journey(decision: JourneyDecision | None, says: str) -> list[str]:
    if decision is None:
        return []
    by = f"By {decision.decided_by.name} on {day_in_words(london_time(decision.decided_at))}."
    return [" ".join([says, sentence(decision.reason), by])]


def _engine(result: Placement) -> list[str]:
    known = [
        f"rule {result.rule}" if result.rule else "",
        f"{result.confidence} confidence" if result.confidence else "",
        f"results to {school_year_label(result.data_cutoff)}" if result.data_cutoff else "",
    ]
    return [sentence(", ".join(filter(None, known))), sentence(result.runner_up)]


def capacity_judgement(result: CapacityStatus | None) -> SchoolJudgement:
    """Put a capacity status into words, with its flags and its first day."""
    if result is None:
        return SchoolJudgement(code="", label=STATUSES["not placed"], reason=NOT_WORKED_OUT)
    flags = [sentence(FLAGS.get(flag, flag)) for flag in result.flag.split(", ")]
    return SchoolJudgement(
        code=status_code(result.status),
        label=STATUSES.get(result.status, result.status.capitalize()),
        reason=sentence(result.reason),
        details=tuple(filter(None, (*flags, f"Since {day_in_words(london_time(result.computed_at))}."))),
    )

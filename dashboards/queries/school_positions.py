"""Read each school's journey, phase and capacity in words, and their changes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.utils import timezone

from meetings.queries.report_lines import sentence
from schools.models import School
from tables.word_lists import join_in_words
from trajectories.models import CapacityStatus, EngineAnswer, JourneyDecision, PhaseDecision, PhaseProposal, Placement
from trajectories.queries.latest_answers import NOT_WORKED_OUT, journey_that_counts, latest_answers, phase_that_counts
from trajectories.rules.capacity import FLAGS, STATUSES, Journey, journey_name, journeys, status_code
from trajectories.rules.in_force import JourneyInForce, PhaseInForce, journey_in_words
from trajectories.rules.rubric import standard_rubric

JOURNEYS_IN_ORDER = "AFBEGDCH"  # For sorting, from givers to the schools with the greatest need.
PHASES_IN_ORDER = ("stabilise", "repair", "improve", "sustain")


@dataclass(frozen=True, kw_only=True)
class SchoolPosition:
    """One school's journey, phase and capacity. A part is None until it is calculated."""

    school: School
    placement: Placement | None
    proposal: PhaseProposal | None
    decision: PhaseDecision | None
    journey_decision: JourneyDecision | None
    capacity: CapacityStatus | None

    @property
    def journey_in_force(self) -> JourneyInForce:
        return journey_that_counts(self.placement, self.journey_decision)

    @property
    def letter(self) -> str:
        """Return the letter of the decided journey, or the engine's if nobody has decided."""
        return self.journey_in_force.letter

    @property
    def engine_letter(self) -> str:
        return self.placement.letter if self.placement else ""

    @property
    def journey(self) -> Journey | None:
        return journeys().get(self.letter)

    @property
    def journey_name(self) -> str:
        return journey_name(self.letter)

    @property
    def journey_reason(self) -> str:
        return self.placement.reason if self.placement else NOT_WORKED_OUT

    @property
    def journey_says(self) -> str:
        """Say briefly what placed the school. ``journey_reason`` has the numbers."""
        if self.journey_decision:
            decided = f"{self.journey_decision.decided_by.name}: {sentence(self.journey_decision.reason)}"
            return f"{self.journey_in_force.says} {decided}"
        if self.placement is None or not self.placement.letter:
            return self.journey_reason
        return f"{self.journey_reason.partition(':')[0].removesuffix('.')}."

    @property
    def in_force(self) -> PhaseInForce:
        return phase_that_counts(self.proposal, self.decision)

    @property
    def phase(self) -> str:
        """Return the decided phase, or the proposed phase if nobody has decided."""
        return self.in_force.phase

    @property
    def phase_note(self) -> str:
        return self.in_force.note

    @property
    def phase_reason(self) -> str:
        """Return the decision with its reason, then the reason for the rule's proposal."""
        proposed = self.proposal.reason if self.proposal else NOT_WORKED_OUT
        given = self.decision.reason if self.decision else ""
        return " ".join(filter(None, [self.in_force.says, sentence(given), proposed]))

    @property
    def held_back_by(self) -> str:
        names = {line.code: line.name.lower() for line in standard_rubric().lines}
        return join_in_words([names.get(code, code) for code in self.proposal.held_back_by]) if self.proposal else ""

    @property
    def capacity_code(self) -> str:
        """Return the status as components/capacity.html expects it."""
        return status_code(self.capacity.status) if self.capacity else ""

    @property
    def capacity_reason(self) -> str:
        return self.capacity.reason if self.capacity else NOT_WORKED_OUT

    @property
    def flags(self) -> list[str]:
        """Return the warnings about a school's capacity, in words."""
        codes = self.capacity.flag.split(", ") if self.capacity and self.capacity.flag else []
        return [FLAGS.get(code, code) for code in codes]

    @property
    def flag_names(self) -> str:
        return ", ".join(flag.partition(":")[0].lower() for flag in self.flags)


@dataclass(frozen=True, kw_only=True)
class SchoolChange:
    """One change of a school's journey, phase or capacity."""

    school: School
    what: str  # Journey, Phase or Capacity
    before: str
    after: str
    reason: str
    on: date
    is_first: bool = False  # The first decision: ``before`` is what Sightline proposed.

    @property
    def now(self) -> str:
        return f"The {self.what.lower()} is now {self.after}."

    @property
    def earlier(self) -> str:
        return f"Sightline had proposed {self.before}." if self.is_first else f"Before, it was {self.before}."


def school_positions(schools: Collection[School]) -> list[SchoolPosition]:
    """Return each school's journey, phase and capacity, in the given order. Five queries, however many schools."""
    rows = latest_answers(schools)
    return [
        SchoolPosition(
            school=school,
            placement=rows[school.pk]["placement"],
            proposal=rows[school.pk]["phase"],
            decision=rows[school.pk]["decision"],
            journey_decision=rows[school.pk]["journey"],
            capacity=rows[school.pk]["capacity"],
        )
        for school in schools
    ]


def school_changes(schools: Iterable[School], *, since: date | None = None) -> list[SchoolChange]:
    """Return the changes of journey, phase and capacity on or after ``since``, newest first. Five queries.

    A person's decision on a phase or journey is a change, even if it confirms the proposal. A school's first answer is
    not a change, and neither is a new reason for the same answer.
    """
    by_urn = {school.pk: school for school in schools}
    found: list[tuple[datetime, SchoolChange]] = []
    for what, model, name, say in KINDS:
        rows = model._default_manager.filter(school__in=list(by_urn)).order_by("school_id", "pk")
        found += _steps(list(rows.values("school_id", "computed_at", "reason", name)), what, name, say, by_urn)
    found += _decisions(by_urn)
    found += _journey_decisions(by_urn)
    newest = sorted(found, key=lambda step: step[0], reverse=True)
    return [change for _, change in newest if since is None or change.on >= since]


def since_when(changed: Iterable[SchoolChange], what: str, first: datetime | None) -> date | None:
    """Return the day of the newest change of one kind, or the day of the first answer if nothing changed."""
    days = [change.on for change in changed if change.what == what]
    return max(days) if days else (timezone.localdate(first) if first else None)


def _steps(rows: Sequence[Any], what: str, name: str, say: Any, by_urn: dict[int, School]) -> list[Any]:
    steps = []
    for before, after in pairwise(rows):
        if before["school_id"] == after["school_id"] and before[name] != after[name]:
            change = SchoolChange(
                school=by_urn[after["school_id"]],
                what=what,
                before=say(before[name]),
                after=say(after[name]),
                reason=after["reason"],
                on=timezone.localdate(after["computed_at"]),
            )
            steps.append((after["computed_at"], change))
    return steps


def _decisions(by_urn: dict[int, School]) -> list[tuple[datetime, SchoolChange]]:
    """Return the decisions on phases as changes from the previous decision, or from the first proposal."""
    before: dict[int, str] = {}
    steps = []
    for row in PhaseDecision.objects.filter(school__in=list(by_urn)).order_by("school_id", "decided_at", "pk"):
        proposed = row.proposed.capitalize() or "no phase"
        change = SchoolChange(
            school=by_urn[row.school_id],
            what="Decided phase",
            before=before.get(row.school_id, proposed),
            after=row.phase.capitalize(),
            reason=row.reason or "The proposal was confirmed.",
            on=timezone.localdate(row.decided_at),
            is_first=row.school_id not in before,
        )
        before[row.school_id] = row.phase.capitalize()
        steps.append((row.decided_at, change))
    return steps


def _journey_decisions(by_urn: dict[int, School]) -> list[tuple[datetime, SchoolChange]]:
    """Return the decisions on journeys, and their withdrawals, as changes from what applied before."""
    before: dict[int, str] = {}
    steps = []
    for row in JourneyDecision.objects.filter(school__in=list(by_urn)).select_related("decided_by").order_by("pk"):
        engine = journey_in_words(row.engine_letter)
        after = journey_in_words(row.letter) if row.letter else f"Sightline's answer, {engine}"
        change = SchoolChange(
            school=by_urn[row.school_id],
            what="Decided journey",
            before=before.get(row.school_id, engine),
            after=after,
            reason=f"{row.decided_by.name}: {sentence(row.reason)}",
            on=timezone.localdate(row.decided_at),
            is_first=row.school_id not in before,
        )
        before[row.school_id] = after
        steps.append((row.decided_at, change))
    return steps


KINDS: tuple[tuple[str, type[EngineAnswer], str, Any], ...] = (
    ("Journey", Placement, "letter", journey_in_words),
    ("Proposed phase", PhaseProposal, "phase", lambda phase: phase.capitalize() or "none"),
    ("Capacity", CapacityStatus, "status", lambda status: STATUSES.get(status, status.capitalize())),
)

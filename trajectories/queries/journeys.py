"""What people have decided about schools' journeys, with what the engine answers."""

from collections.abc import Collection
from dataclasses import dataclass

from schools.models import School
from trajectories.models import JourneyDecision, Placement
from trajectories.rules.capacity import journey_name
from trajectories.rules.in_force import JourneyInForce, journey_in_force, journey_in_words


@dataclass(frozen=True, kw_only=True)
class JourneyPage:
    """The engine's latest answer for one school, and every decision, newest first."""

    placement: Placement | None
    decisions: tuple[JourneyDecision, ...]

    @property
    def decision(self) -> JourneyDecision | None:
        """The decision in force, or None if nobody has decided or the last decision was withdrawn."""
        newest = self.decisions[0] if self.decisions else None
        return newest if newest and newest.letter else None

    @property
    def engine_letter(self) -> str:
        return self.placement.letter if self.placement else ""

    @property
    def decided_letter(self) -> str:
        return self.decision.letter if self.decision else ""

    @property
    def engine_name(self) -> str:
        return journey_name(self.engine_letter)

    @property
    def decided_name(self) -> str:
        return journey_name(self.decided_letter)

    @property
    def in_force(self) -> JourneyInForce:
        then = self.decision.engine_letter if self.decision else ""
        return journey_in_force(self.engine_letter, decided=self.decided_letter, engine_then=then)

    @property
    def steps(self) -> list[tuple[str, JourneyDecision]]:
        """Each decision with a short description."""
        return [
            (
                f"Decided: {journey_in_words(row.letter)}"
                if row.letter
                else "Decision withdrawn: Sightline’s answer counts",
                row,
            )
            for row in self.decisions
        ]


def journey_page(school: School) -> JourneyPage:
    """Return what the page for deciding on one school's journey shows. Two queries."""
    rows = JourneyDecision.objects.filter(school=school).select_related("decided_by").order_by("-pk")
    placement = Placement.objects.filter(school=school).order_by("-pk").first()
    return JourneyPage(placement=placement, decisions=tuple(rows))


def decisions_in_force(schools: Collection[School]) -> dict[int, JourneyDecision]:
    """Return the decisions on journeys by URN, leaving out those that were withdrawn. One query."""
    rows = JourneyDecision.objects.filter(school__in=schools).select_related("decided_by")
    newest = rows.order_by("school_id", "-pk").distinct("school_id")
    return {row.school_id: row for row in newest if row.letter}

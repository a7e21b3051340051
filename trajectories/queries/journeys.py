"""What people have decided about schools' journeys, beside what the engine answers."""

from collections.abc import Collection

from schools.models import School
from trajectories.models import JourneyDecision


def decisions_in_force(schools: Collection[School]) -> dict[int, JourneyDecision]:
    """Return the journey that a person decided on, by URN; a decision taken back is not there. One query."""
    rows = JourneyDecision.objects.filter(school__in=schools).select_related("decided_by")
    newest = rows.order_by("school_id", "-pk").distinct("school_id")
    return {row.school_id: row for row in newest if row.letter}


def journey_decisions(school: School) -> list[JourneyDecision]:
    """Return every decision on one school's journey, newest first, with who decided. One query."""
    return list(JourneyDecision.objects.filter(school=school).select_related("decided_by").order_by("-pk"))

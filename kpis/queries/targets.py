"""The targets that a trust set for a school."""

from collections import defaultdict

from kpis.models import Target
from kpis.rules.score import SchoolTarget
from schools.models import School


def targets_of(school: School) -> dict[str, dict[int, SchoolTarget]]:
    """Return a school's own targets by indicator and school year. One query."""
    found: dict[str, dict[int, SchoolTarget]] = defaultdict(dict)
    for row in Target.objects.filter(school=school).order_by("school_year", "pk"):
        found[row.indicator_id][row.school_year] = SchoolTarget(
            value=row.value, upper=row.upper_value, tolerance=row.tolerance, provenance=row.provenance
        )
    return found

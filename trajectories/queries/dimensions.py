"""What schools recorded for the five dimensions of their capacity."""

from collections.abc import Collection

from schools.models import School
from trajectories.models import DimensionRecord


def latest_records(schools: Collection[School]) -> dict[int, dict[str, DimensionRecord]]:
    """Return the newest record of each dimension by school, with the person who recorded it. One query."""
    rows = DimensionRecord.objects.filter(school__in=schools).select_related("recorded_by")
    newest: dict[int, dict[str, DimensionRecord]] = {}
    for row in rows.order_by("school_id", "dimension", "-recorded_at", "-pk").distinct("school_id", "dimension"):
        newest.setdefault(row.school_id, {})[row.dimension] = row
    return newest

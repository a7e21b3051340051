"""What the engine answered last about schools."""

from collections.abc import Collection
from typing import Any

from schools.models import School
from trajectories.models import CapacityStatus, PhaseProposal, Placement

NOT_WORKED_OUT = "Nothing has been worked out for this school yet."


def current(schools: Collection[School]) -> dict[int, dict[str, Any]]:
    """Return the latest ``placement``, ``phase`` and ``capacity`` row of each school by URN; None where there is none.

    Three queries, whatever the number of schools.
    """
    found: dict[int, dict[str, Any]] = {
        school.pk: {"placement": None, "phase": None, "capacity": None} for school in schools
    }
    for name, model in (("placement", Placement), ("phase", PhaseProposal), ("capacity", CapacityStatus)):
        newest = model._default_manager.filter(school__in=schools).order_by("school_id", "-pk").distinct("school_id")
        for row in newest:
            found[row.school_id][name] = row
    return found

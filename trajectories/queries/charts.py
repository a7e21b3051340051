"""A school's trajectory as a chart: what the engine placed it by, over Carter's four lines."""

from collections.abc import Iterable
from typing import Any

from kpis.charts import Chart, ReferenceLine, Trajectory, YearPoint, trajectory_chart
from kpis.dfe.statuses import ValueStatus
from schools.models import School
from trajectories.models import Placement
from trajectories.rules.percentiles import table_for
from trajectories.rules.reference import DrawnLine, ReferenceSet, drawn_lines
from trajectories.rules.standing import Standing

PROVENANCE = {"trust": "set by the trust"}  # Words for what the data files call otherwise.
WITHIN = 1.96  # Standard errors either way that make a 95% interval.


def trajectory_chart_of(school: School, placement: Placement | None) -> Chart | None:
    """Draw the standings that a placement rests on; None where no year of the school can be compared."""
    points = points_of(placement)
    if placement is None or all(point.percentile is None for point in points):
        return None
    drawn = Trajectory(school=school.name, points=points, lines=_lines(placement.inputs.get("lines", [])))
    return trajectory_chart(drawn, element_id=f"trajectory-{school.pk}")


def points_of(placement: Placement | None) -> tuple[YearPoint, ...]:
    """Return the years of the phase of education that a school was placed in, oldest first, gaps included."""
    return tuple(_point(each) for each in _placed_by(placement.inputs)) if placement else ()


def lines_over(held: Iterable[Standing], phase: str, reference: ReferenceSet) -> list[DrawnLine]:
    """Return the four lines as they were in force in each year that a school has a percentile of."""
    drawn: list[DrawnLine] = []
    for each in held:
        if each.phase != phase or each.measure is None or each.release is None:
            continue
        table = table_for(each.measure, each.phase, each.year, each.release)
        drawn += drawn_lines(reference, table) if table else ()
    return drawn


def _placed_by(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the standings of the phase of education that the school was placed in, gaps included."""
    placed = inputs.get("placement")
    return [each for each in inputs.get("standings", []) if placed and each["phase"] == placed["phase"]]


def _point(standing: dict[str, Any]) -> YearPoint:
    percentile, error = standing["percentile"], standing["standard_error"]
    spread = WITHIN * error if percentile is not None and error is not None else None
    return YearPoint(
        school_year=standing["year"],
        percentile=percentile,
        low=None if spread is None else max(percentile - spread, 0),
        high=None if spread is None else min(percentile + spread, 100),
        measure=standing["measure_name"] or "",
        result="" if standing["value"] is None else f"{standing['value']:g}".replace("-", "−"),
        status=ValueStatus(standing["status"]),
        note="estimated spread" if standing["estimated"] else "",
    )


def _lines(drawn: list[dict[str, Any]]) -> tuple[ReferenceLine, ...]:
    """Return the lines as the placement was held against them, lowest first."""
    levels: dict[str, dict[int, float]] = {}
    kinds: dict[str, set[str]] = {}
    for each in drawn:
        levels.setdefault(each["name"], {})[each["year"]] = each["percentile"]
        kinds.setdefault(each["name"], set()).add(PROVENANCE.get(each["provenance"], each["provenance"]))
    return tuple(
        ReferenceLine(label=name, levels=by_year, provenance=" and ".join(sorted(kinds[name])))
        for name, by_year in levels.items()
    )

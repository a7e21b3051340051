"""A school's trajectory as a chart: what the engine placed it by, over Carter's four lines."""

from typing import Any

from kpis.charts import Chart, ReferenceLine, Trajectory, YearPoint, trajectory_chart
from kpis.dfe.statuses import ValueStatus
from schools.models import School
from trajectories.models import Placement
from trajectories.rules.percentiles import table_for
from trajectories.rules.reference import DrawnLine, drawn_lines, standard_reference

WITHIN = 1.96  # Standard errors either way that make a 95% interval.


def trajectory_chart_of(school: School, placement: Placement | None) -> Chart | None:
    """Draw the standings that a placement rests on; None where no year of the school can be compared."""
    standings = _placed_by(placement.inputs) if placement else []
    known = [each for each in standings if each["percentile"] is not None]
    if not known:
        return None
    drawn = Trajectory(
        school=school.name,
        points=tuple(_point(each) for each in standings),
        lines=_lines([line for each in known for line in _drawn(each)]),
    )
    return trajectory_chart(drawn, element_id=f"trajectory-{school.pk}")


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


def _drawn(standing: dict[str, Any]) -> tuple[DrawnLine, ...]:
    table = table_for(standing["measure"], standing["phase"], standing["year"], standing["release"])
    return drawn_lines(standard_reference(), table) if table else ()


def _lines(drawn: list[DrawnLine]) -> tuple[ReferenceLine, ...]:
    levels: dict[str, dict[int, float]] = {}
    for each in drawn:
        levels.setdefault(each.name, {})[each.year] = each.percentile
    kinds = {each.name: sorted({other.provenance for other in drawn if other.name == each.name}) for each in drawn}
    return tuple(
        ReferenceLine(label=name, levels=by_year, provenance=" and ".join(kinds[name]))
        for name, by_year in levels.items()
    )

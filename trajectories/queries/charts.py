"""A school's trajectory as a chart: what the engine placed it by, over Carter's four lines."""

from collections.abc import Collection, Iterable
from typing import Any

from kpis.charts import Chart
from published.dfe.statuses import ValueStatus
from schools.models import School
from trajectories.charts.inputs import ReferenceLine, Trajectory, YearPoint
from trajectories.charts.trajectory import trajectory_chart
from trajectories.models import Outlook, Placement
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import table_for
from trajectories.rules.reference import DrawnLine, ReferenceSet, drawn_lines
from trajectories.rules.standing import Standing

PROVENANCE = {"trust": "set by the trust"}  # Words for what the data files call otherwise.
WITHIN = 1.2816  # Standard errors either way that make an 80% interval, as that of a forecast.
BARS = (
    "The bar at a point is where the result would lie eight times in ten if the year could be run again: from the "
    "published confidence interval and the usual movement from year to year, as the placement weighs it."
)

HOLLOW = "The hollow point is what is expected next, with its own eight in ten."


def trajectory_chart_of(
    school: School, placement: Placement | None, *, outlooks: Collection[Outlook] = ()
) -> Chart | None:
    """Draw the standings that a placement rests on, and what is expected next of the same phase of education.

    None where no year of the school can be compared.
    """
    points = points_of(placement)
    if placement is None or all(point.percentile is None for point in points):
        return None
    expected = _expected(outlooks, points, placement.inputs["placement"]["phase"])
    lines, hollow = _lines(placement.inputs.get("lines", [])), HOLLOW if expected else ""
    drawn = Trajectory(
        school=school.name,
        points=points,
        lines=_carried_on(lines, expected.school_year) if expected else lines,
        expected=expected,
        key=" ".join(filter(None, [BARS if any(point.low is not None for point in points) else "", hollow])),
    )
    return trajectory_chart(drawn, element_id=f"trajectory-{school.pk}")


def points_of(placement: Placement | None) -> tuple[YearPoint, ...]:
    """Return the years of the phase of education that a school was placed in, oldest first, gaps included."""
    if placement is None:
        return ()
    used = (placement.inputs.get("placement") or {}).get("inputs", [])
    errors = {each["year"]: each.get("standard_error") for each in used}
    return tuple(_point(each, errors.get(each["year"])) for each in _placed_by(placement.inputs))


def _expected(outlooks: Iterable[Outlook], points: Collection[YearPoint], phase: str) -> YearPoint | None:
    """Return what is expected of the first measure that has a forecast beyond the last result; None without one."""
    last = max(point.school_year for point in points if point.percentile is not None)
    for row in outlooks:
        known = measures().get(row.measure)
        if known and phase in known.phases and row.percentile is not None and row.school_year > last:
            return YearPoint(
                school_year=row.school_year,
                percentile=row.percentile,
                low=row.percentile_low80,
                high=row.percentile_high80,
                measure=known.name,
            )
    return None


def _carried_on(lines: Iterable[ReferenceLine], year: int) -> tuple[ReferenceLine, ...]:
    """Carry each line on from its last year to the one that a result is expected for."""
    carried = []
    for each in lines:
        last = max(each.levels)
        later = dict.fromkeys(range(last + 1, year + 1), each.levels[last])
        carried.append(ReferenceLine(label=each.label, levels={**each.levels, **later}, provenance=each.provenance))
    return tuple(carried)


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


def _point(standing: dict[str, Any], error: float | None) -> YearPoint:
    percentile = standing["percentile"]
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

"""A school's trajectory as a chart: the results that placed it, against Carter's four lines."""

from collections.abc import Collection, Iterable
from typing import Any

from kpis.charts import Chart
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from trajectories.charts.chart_values import ReferenceLine, Trajectory, YearPoint
from trajectories.charts.trajectory import trajectory_chart
from trajectories.models import Outlook, Placement
from trajectories.queries.outlooks import results_of
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import NationalTables, table_for
from trajectories.rules.reference_lines import DrawnLine, ReferenceSet, drawn_lines
from trajectories.rules.standing import Standing

PROVENANCE = {"trust": "set by the trust"}  # Words for codes of the data files that are not plain words.
WITHIN = 1.2816  # Standard errors on either side that make an 80% interval, as in a forecast.
BARS = (
    "The bar at each point shows the likely range. If the school year could be repeated, the result would be in this "
    "range about 8 times in 10. The range depends on the published confidence interval and on how much results usually "
    "change from year to year."
)

HOLLOW = "The hollow point is the forecast. About 8 results in 10 fall within its bar."
FORESEEN = "A hollow point to the left of a result shows what had been expected of it before it was known."


def trajectory_chart_of(
    school: School, placement: Placement | None, *, outlooks: Collection[Outlook] = ()
) -> Chart | None:
    """Draw the standings that a placement is based on, and the forecast for the same phase of education.

    Return None where no year of the school can be compared.
    """
    points = points_of(placement)
    if placement is None or all(point.percentile is None for point in points):
        return None
    expected = _expected(outlooks, points, placement.inputs["placement"]["phase"])
    foreseen = _foreseen(outlooks, points)
    lines = _lines(placement.inputs.get("lines", []))
    hollow = " ".join(filter(None, [HOLLOW if expected else "", FORESEEN if foreseen else ""]))
    drawn = Trajectory(
        school=school.name,
        points=points,
        lines=_carried_on(lines, expected.school_year) if expected else lines,
        expected=expected,
        foreseen=foreseen,
        key=" ".join(filter(None, [BARS if any(point.low is not None for point in points) else "", hollow])),
    )
    return trajectory_chart(drawn, element_id=f"trajectory-{school.pk}")


def points_of(placement: Placement | None) -> tuple[YearPoint, ...]:
    """Return the years of the phase of education that a school was placed in, oldest first, with gaps."""
    if placement is None:
        return ()
    used = (placement.inputs.get("placement") or {}).get("inputs", [])
    errors = {row["year"]: row.get("standard_error") for row in used}
    return tuple(_point(row, errors.get(row["year"])) for row in _placed_by(placement.inputs))


def _expected(outlooks: Iterable[Outlook], points: Collection[YearPoint], phase: str) -> YearPoint | None:
    """Return the forecast of the first measure that has one beyond the last result, or None."""
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


def _foreseen(outlooks: Iterable[Outlook], points: Collection[YearPoint]) -> tuple[YearPoint, ...]:
    """Return what had been expected of the results on the chart: only forecasts of the very measure of that year."""
    shown = {(point.school_year, point.measure) for point in points if point.percentile is not None}
    found = [
        YearPoint(
            school_year=result.year,
            percentile=result.percentile,
            low=result.percentile_low80,
            high=result.percentile_high80,
            measure=measures()[result.measure].name,
        )
        for row in outlooks
        for result in results_of(row)
        if (result.year, measures()[result.measure].name) in shown
    ]
    return tuple(sorted(found, key=lambda point: point.school_year))


def _carried_on(lines: Iterable[ReferenceLine], year: int) -> tuple[ReferenceLine, ...]:
    """Extend each line from its last year to the year of the forecast."""
    carried = []
    for line in lines:
        last = max(line.levels)
        later = dict.fromkeys(range(last + 1, year + 1), line.levels[last])
        carried.append(ReferenceLine(label=line.label, levels={**line.levels, **later}, provenance=line.provenance))
    return tuple(carried)


def lines_over(
    held: Iterable[Standing], phase: str, reference: ReferenceSet, tables: NationalTables | None = None
) -> list[DrawnLine]:
    """Return the four lines as they were in force in each year for which a school has a percentile."""
    drawn: list[DrawnLine] = []
    for standing in held:
        if standing.phase != phase or standing.measure is None or standing.release is None:
            continue
        table = table_for(standing.measure, standing.phase, standing.year, standing.release, tables)
        drawn += drawn_lines(reference, table) if table else ()
    return drawn


def _placed_by(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the standings of the phase of education that the school was placed in, with gaps."""
    placed = inputs.get("placement")
    return [row for row in inputs.get("standings", []) if placed and row["phase"] == placed["phase"]]


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
    """Return the lines that the placement was compared with, lowest first."""
    levels: dict[str, dict[int, float]] = {}
    kinds: dict[str, set[str]] = {}
    for line in drawn:
        levels.setdefault(line["name"], {})[line["year"]] = line["percentile"]
        kinds.setdefault(line["name"], set()).add(PROVENANCE.get(line["provenance"], line["provenance"]))
    return tuple(
        ReferenceLine(label=name, levels=by_year, provenance=" and ".join(sorted(kinds[name])))
        for name, by_year in levels.items()
    )

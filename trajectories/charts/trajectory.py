"""A school's trajectory: its national percentile by year, against Carter's four lines."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

from kpis.charts.chart_values import Chart, ChartTable, NothingToDraw
from kpis.charts.layout import gap_marks, name_at_right, plot_frame, runs_of_gaps, spread_apart
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import HEIGHT, LABEL_GAP, RIGHT, WIDTH, DrawingScale, SvgDrawing, joined_runs
from kpis.rules.figures_in_words import ordinal, whole_percentile
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import school_year_label
from tables.word_lists import join_in_words
from trajectories.charts.chart_values import ReferenceLine, Trajectory, YearPoint

DASHES = (
    ("dot", "2 3"),
    ("dash", "6 4"),
    ("solid", ""),
    ("longdash", "12 4"),
)  # Plotly's name and SVG's, by line.
EXPECTED = "expected"  # The note of the year of a result still to come.
ASIDE = 0.12  # Years: how far to the left of its result a forecast is drawn.
NAME_GAP = 6.0  # The least distance between the names of two lines, in percentiles.


def trajectory_chart(trajectory: Trajectory, *, element_id: str, palette: Palette = PALETTE) -> Chart:
    """Draw a school's percentile by school year over the reference lines.

    Every year from the first to the last is on the axis. A line joins two points only if their years are consecutive.
    A year without a figure is marked with the reason. The expected result is hollow and not joined to the others.
    What had been expected of a known result is hollow too, to the left of it.
    ``element_id`` must be unique on the page.

    Raises:
        NothingToDraw: there are no points.
    """
    if not trajectory.points:
        raise NothingToDraw(f"{trajectory.school} has no years")
    points = _every_year(trajectory)
    title = f"{trajectory.school}: national percentile by school year"
    sentence = _sentence(trajectory, points)
    return Chart(
        title=title,
        sentence=sentence,
        table=_table(trajectory, points),
        figure=_figure(trajectory, points, palette),
        key=trajectory.key,
        svg=_svg(trajectory, points, SvgDrawing(element_id, title, sentence, palette), palette),
    )


def position_in_words(percentile: float, school_year: int, lines: Sequence[ReferenceLine]) -> str:
    """Say which lines a percentile is between in a school year. A percentile on a line counts as above it.

    >>> floor = ReferenceLine(label="Floor", levels={2018: 11.0}, provenance="official")
    >>> position_in_words(11.0, 2018, [floor])
    'above the floor line'
    """
    known = [(line.levels[school_year], line.label.lower()) for line in lines if school_year in line.levels]
    under = [name for level, name in known if percentile >= level]
    over = [name for level, name in known if percentile < level]
    if under and over:
        return f"between the {under[-1]} and {over[0]} lines"
    if over:
        return f"below the {over[0]} line"
    return f"above the {under[-1]} line" if under else "no reference lines for this year"


def _every_year(trajectory: Trajectory) -> list[YearPoint]:
    by_year = {point.school_year: point for point in trajectory.points}
    if trajectory.expected:
        # The year of the expected result is on the axis but has no figure yet.
        by_year.setdefault(
            trajectory.expected.school_year,
            YearPoint(school_year=trajectory.expected.school_year, percentile=None, note=EXPECTED),
        )
    years = range(min(by_year), max(by_year) + 1)
    return [by_year.get(year) or YearPoint(school_year=year, percentile=None) for year in years]


def _why_none(point: YearPoint) -> str:
    if point.percentile is not None or point.note == EXPECTED:
        return ""
    return "No figure" if point.status is ValueStatus.VALUE else point.status.label


def _sentence(trajectory: Trajectory, points: Sequence[YearPoint]) -> str:
    known = [point for point in points if point.percentile is not None]
    if not known:
        return f"{trajectory.school} has no published figure for {_span(points)}."
    first, last = known[0], known[-1]
    assert first.percentile is not None  # Every point in ``known`` has a percentile.
    assert last.percentile is not None
    place = position_in_words(last.percentile, last.school_year, trajectory.lines)
    sentence = f"{trajectory.school} was at the {ordinal(last.percentile)} national percentile in "
    sentence += f"{school_year_label(last.school_year)}, {place}"
    if first is not last:
        change = whole_percentile(last.percentile) - whole_percentile(first.percentile)
        moved = "up from" if change > 0 else "down from" if change < 0 else "the same as"
        sentence += f", {moved} the {ordinal(first.percentile)} in {school_year_label(first.school_year)}"
    gaps = [f"{_span(points[start : end + 1])} ({why.lower()})" for start, end, why in runs_of_gaps(points, _why_none)]
    sentence = f"{sentence}. No figure for {join_in_words(gaps)}." if gaps else f"{sentence}."
    earlier = [_had_been(point, points) for point in trajectory.foreseen[-1:]]
    ahead = [_foreseen(trajectory.expected)] if trajectory.expected else []
    return " ".join([sentence, *earlier, *ahead])


def _had_been(expected: YearPoint, points: Sequence[YearPoint]) -> str:
    """Say what had been expected of a result, and at which percentile the result was."""
    was = next(point.percentile for point in points if point.school_year == expected.school_year)
    sentence = f"For {school_year_label(expected.school_year)} the {ordinal(expected.percentile or 0.0)} percentile "
    sentence += "had been expected"
    if expected.low is not None and expected.high is not None:
        sentence += f", likely between the {ordinal(expected.low)} and the {ordinal(expected.high)}"
    return f"{sentence}; the result was at the {ordinal(was or 0.0)}."


def _foreseen(expected: YearPoint) -> str:
    place = ordinal(expected.percentile or 0.0)
    sentence = f"The {place} percentile is expected in {school_year_label(expected.school_year)}"
    if expected.low is None or expected.high is None:
        return f"{sentence}."
    return f"{sentence}, likely between the {ordinal(expected.low)} and the {ordinal(expected.high)}."


def _span(points: Sequence[YearPoint]) -> str:
    ends = [school_year_label(point.school_year) for point in (points[0], points[-1])]
    return ends[0] if len(points) == 1 else f"{ends[0]} to {ends[1]}"


def _table(trajectory: Trajectory, points: Sequence[YearPoint]) -> ChartTable:
    lines = trajectory.lines
    foreseen = {point.school_year: _percentile(point) for point in trajectory.foreseen}
    rows = []
    for point in points:
        year = point.school_year
        levels = [str(whole_percentile(line.levels[year])) if year in line.levels else "None" for line in lines]
        if point.note == EXPECTED and trajectory.expected:
            own = [trajectory.expected.measure, "Still to come", _percentile(trajectory.expected), "Expected"]
        elif point.percentile is None:
            own = [point.measure or "None", _why_none(point), "", ""]
        else:
            own = [point.measure, point.result, _percentile(point), position_in_words(point.percentile, year, lines)]
        earlier = [foreseen.get(year, "")] if foreseen else []
        rows.append((school_year_label(year), *own, *earlier, *levels, point.note))
    return ChartTable(
        caption=f"{trajectory.school}: national percentile by school year, with the percentile of each line",
        head=(
            "School year",
            "Measure",
            "Result",
            "National percentile",
            "Position",
            *(["Expected beforehand"] if foreseen else []),
            *(f"{line.label} ({line.provenance})" for line in lines),
            "Note",
        ),
        rows=tuple(rows),
    )


def _percentile(point: YearPoint) -> str:
    assert point.percentile is not None
    written = str(whole_percentile(point.percentile))
    if point.low is None or point.high is None:
        return written
    return f"{written} (likely {whole_percentile(point.low)} to {whole_percentile(point.high)})"


def _figure(trajectory: Trajectory, points: Sequence[YearPoint], palette: Palette) -> dict[str, Any]:
    years = [point.school_year for point in points]
    layout = plot_frame(
        palette,
        ticks=[(float(year), school_year_label(year)) for year in years],
        y_title="National percentile (100 is highest)",
    )
    layout["yaxis"] |= {"range": [0, 100], "tickvals": [0, 25, 50, 75, 100]}
    gaps = [(years[first], years[last], why) for first, last, why in runs_of_gaps(points, _why_none)]
    layout["shapes"], layout["annotations"] = gap_marks(gaps, palette)
    named = _ends(trajectory.lines)
    for (line, _), level in zip(named, spread_apart([level for _, level in named], NAME_GAP), strict=True):
        layout["annotations"].append(name_at_right(line.label, level, palette.quiet))
    data = [*_band_traces(trajectory.lines, years, palette), _own_trace(trajectory, points, palette)]
    if trajectory.foreseen:
        data.append(_hollow_trace("Expected beforehand", trajectory.foreseen, points, palette))
    if trajectory.expected:
        data.append(_hollow_trace("Expected", [trajectory.expected], points, palette))
    return {"data": data, "layout": layout}


def _ends(lines: Sequence[ReferenceLine]) -> list[tuple[ReferenceLine, float]]:
    return [(line, line.levels[max(line.levels)]) for line in lines if line.levels]


def _band_traces(lines: Sequence[ReferenceLine], years: Sequence[int], palette: Palette) -> list[dict[str, Any]]:
    # Half a year more at both ends, so that lines and bands reach the edges of the chart.
    x = [years[0] - 0.5, *years, years[-1] + 0.5]
    spread = [years[0], *years, years[-1]]
    base = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "line": {"width": 0}}
    traces: list[dict[str, Any]] = [base | {"name": "0", "y": [0.0] * len(x)}]
    for place, line in enumerate(lines):
        traces.append(
            base
            | {
                "name": line.label,
                "y": [line.levels.get(year) for year in spread],
                "line": {"color": palette.quiet, "width": 1.5, "dash": DASHES[place % len(DASHES)][0]},
                "fill": "tonexty",
                "fillcolor": palette.bands[place % len(palette.bands)],
            }
        )
    top = {"name": "100", "y": [100.0] * len(x), "fill": "tonexty"}
    return [*traces, base | top | {"fillcolor": palette.bands[len(lines) % len(palette.bands)]}]


def _own_trace(trajectory: Trajectory, points: Sequence[YearPoint], palette: Palette) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": trajectory.school,
        "x": [point.school_year for point in points],
        "y": [point.percentile for point in points],
        "connectgaps": False,
        "line": {"color": palette.series, "width": 3},
        "marker": {"color": palette.series, "size": 9},
        "hoverinfo": "text",
        "hovertext": [_hover(point) for point in points],
    }
    if any(point.low is not None and point.high is not None for point in points):
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [_beyond(point, point.high) for point in points],
            "arrayminus": [_beyond(point, point.low) for point in points],
            "color": palette.series,
            "thickness": 1.5,
            "width": 4,
        }
    return trace


def _hollow_trace(
    name: str, hollow: Sequence[YearPoint], points: Sequence[YearPoint], palette: Palette
) -> dict[str, Any]:
    known = {point.school_year for point in points if point.percentile is not None}
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [point.school_year - (ASIDE if point.school_year in known else 0) for point in hollow],
        "y": [point.percentile for point in hollow],
        "marker": {"color": palette.paper, "size": 10, "line": {"color": palette.series, "width": 2}},
        "hoverinfo": "text",
        "hovertext": [
            escape(_had_been(point, points) if point.school_year in known else _foreseen(point)) for point in hollow
        ],
    }
    if all(point.low is not None and point.high is not None for point in hollow):
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [_beyond(point, point.high) for point in hollow],
            "arrayminus": [_beyond(point, point.low) for point in hollow],
            "color": palette.series,
            "thickness": 1.5,
            "width": 4,
        }
    return trace


def _beyond(point: YearPoint, end: float | None) -> float | None:
    return None if end is None or point.percentile is None else abs(end - point.percentile)


def _hover(point: YearPoint) -> str:
    if point.percentile is None:
        return f"{school_year_label(point.school_year)}: {_why_none(point).lower()}"
    percentile = f"{school_year_label(point.school_year)}: {ordinal(point.percentile)} percentile"
    return escape(", ".join([percentile, *filter(None, [f"{point.measure} {point.result}".strip(), point.note])]))


def _svg(trajectory: Trajectory, points: Sequence[YearPoint], drawing: SvgDrawing, palette: Palette) -> str:
    scale = DrawingScale(last=len(points) - 1, low=0, high=100)
    years = [point.school_year for point in points]
    _draw_bands(trajectory.lines, years, scale, drawing, palette)
    for first, last, why in runs_of_gaps(points, _why_none):
        drawing.gap(scale, first, last, why, palette)
    drawing.axes(
        scale,
        [school_year_label(year) for year in years],
        [(level, str(level)) for level in (0, 25, 50, 75, 100)],
        palette,
    )
    for place, line in enumerate(trajectory.lines):
        for run in joined_runs([line.levels.get(year) for year in years]):
            # A line that has only one year is drawn across that year.
            ends = [run[0][0] - 0.5, *(at for at, _ in run), run[-1][0] + 0.5]
            levels = [run[0][1], *(level for _, level in run), run[-1][1]]
            dash = DASHES[place % len(DASHES)][1]
            path = [(scale.x(at), scale.y(level)) for at, level in zip(ends, levels, strict=True)]
            drawing.line(path, palette.quiet, "reference", dash=dash)
    named = _ends(trajectory.lines)
    heights = spread_apart([-scale.y(level) for _, level in named], LABEL_GAP)
    for (line, _), height in zip(named, heights, strict=True):
        drawing.text(WIDTH - RIGHT + 8, -height + 4, line.label, "name", fill=palette.quiet)
    _draw_points(points, scale, drawing, palette)
    for point in trajectory.foreseen:
        _draw_hollow(point, years.index(point.school_year) - ASIDE, scale, drawing, palette)
    if trajectory.expected:
        place = years.index(trajectory.expected.school_year)
        _draw_hollow(trajectory.expected, place, scale, drawing, palette)
    drawing.text(14, HEIGHT / 2, "National percentile", "axis-title", anchor="middle", turn=True)
    return str(drawing)


def _draw_bands(
    lines: Sequence[ReferenceLine], years: Sequence[int], scale: DrawingScale, drawing: SvgDrawing, palette: Palette
) -> None:
    """Fill between the lines in the years that have all of them: a missing edge would suggest a false line."""
    whole = [1.0 if all(year in line.levels for line in lines) else None for year in years]
    for run in joined_runs(whole):
        places = [run[0][0] - 0.5, *(place for place, _ in run), run[-1][0] + 0.5]
        spread = [years[run[0][0]], *(years[place] for place, _ in run), years[run[-1][0]]]
        edges = [[0.0] * len(spread), *([line.levels[year] for year in spread] for line in lines)]
        edges.append([100.0] * len(spread))
        for band, (low, high) in enumerate(pairwise(edges)):
            below, above = (
                [(scale.x(place), scale.y(level)) for place, level in zip(places, edge, strict=True)]
                for edge in (low, high)
            )
            drawing.area(above, below, palette.bands[band % len(palette.bands)])


def _draw_points(points: Sequence[YearPoint], scale: DrawingScale, drawing: SvgDrawing, palette: Palette) -> None:
    for run in joined_runs([point.percentile for point in points]):
        path = [(scale.x(place), scale.y(level)) for place, level in run]
        if len(path) > 1:
            drawing.line(path, palette.series, "series")
        for (place, _), (x, y) in zip(run, path, strict=True):
            point = points[place]
            if point.low is not None and point.high is not None:
                drawing.line([(x, scale.y(point.low)), (x, scale.y(point.high))], palette.series, "range")
            drawing.dot(x, y, palette.series, fill=palette.series)


def _draw_hollow(expected: YearPoint, place: float, scale: DrawingScale, drawing: SvgDrawing, palette: Palette) -> None:
    x = scale.x(place)
    if expected.low is not None and expected.high is not None:
        drawing.line([(x, scale.y(expected.low)), (x, scale.y(expected.high))], palette.series, "range", dash="3 3")
    drawing.dot(x, scale.y(expected.percentile or 0.0), palette.series, fill=palette.paper)

"""An indicator's history at one school: its figures by term, with target and national lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kpis.catalogue.kinds import FigureUnit
from kpis.charts.chart_values import Chart, ChartTable, IndicatorHistory, NothingToDraw, PeriodPoint
from kpis.charts.layout import gap_marks, name_at_right, plot_frame, round_ticks, runs_of_gaps, spread_apart
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import LABEL_GAP, RIGHT, WIDTH, DrawingScale, SvgDrawing, joined_runs
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.movement import compare_figures
from kpis.rules.privacy import NOT_SHOWN
from kpis.rules.rating import RatingCode, rate_figure
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period
from tables.word_lists import join_in_words

Levels = list[float | None]
DRAWN = ("value", "target", "upper_target", "national", "similar")
NAMES = {"target": "Target", "upper_target": "Upper target", "national": "National", "similar": "Similar schools"}
COMPARATORS = ("national", "similar")
SHORT_UNITS = (FigureUnit.PERCENT, FigureUnit.POUNDS)
NAME_SHARE = 0.06  # The least distance between the names of two lines, as a share of the height.


class MixedPeriods(ValueError):
    """The periods of a history must all be years, all be terms or all be half-terms."""


def history_chart(history: IndicatorHistory, *, element_id: str, palette: Palette = PALETTE) -> Chart:
    """Draw an indicator's figures by period, with target and national lines.

    Figures for the same term as the latest are drawn filled and the others hollow, because a term is compared with the
    same term a year earlier. A line joins two points only if their periods are consecutive. A period without a figure
    is marked with the reason. ``element_id`` must be unique on the page.

    Raises:
        NothingToDraw: there are no points.
        MixedPeriods: the periods are not all years, all terms or all half-terms.
    """
    if not history.points:
        raise NothingToDraw(f"{history.title} has no periods")
    points = _every_period(history.points)
    sentence = _sentence(history, points)
    title = f"{history.title} by {_period_name(points[0].period)}"
    return Chart(
        title=title,
        sentence=sentence,
        key=_key(points),
        table=_table(history, points),
        figure=_figure(history, points, palette),
        svg=_svg(history, points, SvgDrawing(element_id, title, sentence, palette), palette),
    )


def _every_period(points: Sequence[PeriodPoint]) -> list[PeriodPoint]:
    if len({_period_name(point.period) for point in points}) > 1:
        raise MixedPeriods(", ".join(point.period.label for point in points))
    by_period = {point.period: point for point in points}
    period, last = (
        min(by_period, key=lambda candidate: candidate.order),
        max(by_period, key=lambda candidate: candidate.order),
    )
    all_points = []
    while period.order <= last.order:
        all_points.append(by_period.get(period) or PeriodPoint(period=period, value=None))
        period = period.next()
    return all_points


def _period_name(period: Period) -> str:
    return "half-term" if period.half_term else "term" if period.term else "school year"


def _why_none(point: PeriodPoint) -> str:
    if point.value is not None:
        return ""
    return "No figure" if point.status is ValueStatus.VALUE else point.status.label


def _is_like(point: PeriodPoint, points: Sequence[PeriodPoint]) -> bool:
    latest = next((earlier for earlier in reversed(points) if earlier.value is not None), points[-1])
    return (point.period.term, point.period.half_term) == (latest.period.term, latest.period.half_term)


def _key(points: Sequence[PeriodPoint]) -> str:
    alike = next((point.period for point in reversed(points) if _is_like(point, points)), None)
    if alike is None or alike.term is None or all(_is_like(point, points) for point in points):
        return ""
    name = f"the {_tick(alike).rsplit(' ', 1)[0]}" if alike.half_term else f"{alike.term} terms"
    return f"Filled marks are {name}. Hollow marks are the rest of the year. Compare filled marks with filled marks."


def _sentence(history: IndicatorHistory, points: Sequence[PeriodPoint]) -> str:
    known = [point for point in points if point.value is not None]
    if not known:
        is_hidden = any(point.status is ValueStatus.HIDDEN for point in points)
        return f"{history.title}: {NOT_SHOWN if is_hidden else 'no figure yet'}."
    latest = known[-1]
    value = figure_in_words(latest.value or Decimal(0), history.unit, history.decimals)
    parts = [f"{history.title}: {value} in {latest.period.label}"]
    earlier = latest.period.same_a_year_earlier()
    then = next((point for point in points if point.period == earlier), None)
    movement = compare_figures(
        latest.value,
        then.value if then else None,
        then_label=earlier.label,
        direction=history.direction,
        unit=history.unit,
        decimals=history.decimals,
        then_status=then.status if then else ValueStatus.VALUE,
    )
    parts.append(movement.sentence)
    rating = rate_figure(
        latest.value,
        latest.target,
        upper_target=latest.upper_target,
        tolerance=history.tolerance,
        direction=history.direction,
        unit=history.unit,
        decimals=history.decimals,
    )
    if rating.code is not RatingCode.NO_TARGET:
        parts.append(f"{rating.label}: {rating.reason}")
    if latest.national is not None:
        parts.append(f"National figure: {figure_in_words(latest.national, history.unit, history.decimals)}")
    if latest.similar is not None:
        parts.append(f"Median of similar schools: {figure_in_words(latest.similar, history.unit, history.decimals)}")
    gaps = [
        f"{join_in_words([point.period.label for point in points[first : last + 1]])} ({why.lower()})"
        for first, last, why in runs_of_gaps(points, _why_none)
    ]
    if gaps and not all(why == "No figure" for _, _, why in runs_of_gaps(points, _why_none)):
        parts.append(f"There is no figure for {join_in_words(gaps)}")
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _table(history: IndicatorHistory, points: Sequence[PeriodPoint]) -> ChartTable:
    def say(value: Decimal | None, otherwise: str = "None") -> str:
        return otherwise if value is None else figure_in_words(value, history.unit, history.decimals)

    rows, with_similar = [], any(point.similar is not None for point in points)
    for point in points:
        target = say(point.target)
        if point.upper_target is not None:
            target = f"{target} to {say(point.upper_target)}"
        similar = (say(point.similar),) if with_similar else ()
        cells = (say(point.value, _why_none(point)), target, say(point.national), *similar, point.note)
        rows.append((point.period.label[0].upper() + point.period.label[1:], *cells))
    period = _period_name(points[0].period)
    extra = ("Similar schools",) if with_similar else ()
    head = (period.capitalize(), history.title, "Target", "National", *extra, "Note")
    return ChartTable(caption=f"{history.title} by {period}", head=head, rows=tuple(rows))


def _levels(points: Sequence[PeriodPoint], name: str) -> Levels:
    values = [getattr(point, name) for point in points]
    return [None if value is None else float(value) for value in values]


def _marks(history: IndicatorHistory, points: Sequence[PeriodPoint]) -> list[float]:
    """Return round levels that cover everything drawn. The first and the last are the ends of the axis."""
    if history.unit is FigureUnit.YES_NO:
        return [0.0, 1.0]
    drawn = [level for name in DRAWN for level in _levels(points, name) if level is not None] or [0.0]
    smallest = 10.0**-history.decimals
    low, high = min(drawn), max(drawn)
    room = (high - low) / 20 or smallest
    return round_ticks(low if low == 0 else low - room, high + room, smallest=smallest)


def _ticks(history: IndicatorHistory, marks: Sequence[float]) -> list[tuple[float, str]]:
    if history.unit is FigureUnit.YES_NO:
        return [(0.0, "No"), (1.0, "Yes")]
    # The unit is next to the axis if it does not fit next to every number.
    unit = history.unit if history.unit in SHORT_UNITS else FigureUnit.SCORE
    return [(level, figure_in_words(Decimal(str(level)), unit, history.decimals)) for level in marks]


def _names(points: Sequence[PeriodPoint]) -> list[tuple[str, str, float]]:
    """Return the field, name and last level of each line that has its name at its right end."""
    found = []
    for name, text in NAMES.items():
        known = [level for level in _levels(points, name) if level is not None]
        if known:
            found.append((name, text, known[-1]))
    return found


def _figure(history: IndicatorHistory, points: Sequence[PeriodPoint], palette: Palette) -> dict[str, Any]:
    marks = _marks(history, points)
    low, high = marks[0], marks[-1]
    title = "" if history.unit in (*SHORT_UNITS, FigureUnit.YES_NO, FigureUnit.COUNT) else history.unit.label
    names = [_tick(point.period).replace(" ", "<br>", 1) for point in points]
    layout = plot_frame(palette, ticks=[(float(place), name) for place, name in enumerate(names)], y_title=title)
    layout["yaxis"] |= {
        "range": [low, high],
        "tickvals": marks,
        "ticktext": [text for _, text in _ticks(history, marks)],
    }
    gaps = [(float(first), float(last), why) for first, last, why in runs_of_gaps(points, _why_none)]
    layout["shapes"], layout["annotations"] = gap_marks(gaps, palette)
    named = _names(points)
    levels = spread_apart([level for _, _, level in named], (high - low) * NAME_SHARE)
    for (name, text, _), level in zip(named, levels, strict=True):
        layout["annotations"].append(name_at_right(text, level, _colour(name, palette)))
    lines = [_line_trace(name, text, points, palette) for name, text, _ in named]
    return {"data": [*lines, _own_trace(history, points, palette)], "layout": layout}


def _tick(period: Period) -> str:
    return period.label.replace("half of ", "")


def _colour(name: str, palette: Palette) -> str:
    return palette.quiet if name in COMPARATORS else palette.target


def _line_trace(name: str, text: str, points: Sequence[PeriodPoint], palette: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": text,
        "x": list(range(len(points))),
        "y": _levels(points, name),
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {
            "color": _colour(name, palette),
            "width": 1.5,
            "shape": "hvh",
            "dash": "dot" if name in COMPARATORS else "dash",
        },
    }


def _own_trace(history: IndicatorHistory, points: Sequence[PeriodPoint], palette: Palette) -> dict[str, Any]:
    fills = [palette.series if _is_like(point, points) else palette.paper for point in points]
    texts = [
        _why_none(point) or figure_in_words(point.value or Decimal(0), history.unit, history.decimals)
        for point in points
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": history.title,
        "x": list(range(len(points))),
        "y": _levels(points, "value"),
        "connectgaps": False,
        "line": {"color": palette.series, "width": 3},
        "marker": {"color": fills, "size": 10, "line": {"color": palette.series, "width": 2}},
        "hoverinfo": "text",
        "hovertext": [f"{point.period.label}: {text}" for point, text in zip(points, texts, strict=True)],
    }


def _svg(history: IndicatorHistory, points: Sequence[PeriodPoint], drawing: SvgDrawing, palette: Palette) -> str:
    marks = _marks(history, points)
    scale = DrawingScale(last=len(points) - 1, low=marks[0], high=marks[-1])
    for first, last, why in runs_of_gaps(points, _why_none):
        drawing.gap(scale, first, last, why, palette)
    drawing.axes(scale, [_tick(point.period) for point in points], _ticks(history, marks), palette)
    named = _names(points)
    for name, _, _ in named:
        for run in joined_runs(_levels(points, name)):
            steps = [(scale.x(at + side), scale.y(level)) for at, level in run for side in (-0.5, 0.5)]
            drawing.line(steps, _colour(name, palette), name, dash="2 3" if name in COMPARATORS else "6 4")
    heights = spread_apart([-scale.y(level) for _, _, level in named], LABEL_GAP)
    for (name, text, _), height in zip(named, heights, strict=True):
        drawing.text(WIDTH - RIGHT + 8, -height + 4, text, "name", fill=_colour(name, palette))
    for run in joined_runs(_levels(points, "value")):
        path = [(scale.x(at), scale.y(level)) for at, level in run]
        if len(path) > 1:
            drawing.line(path, palette.series, "series")
        for (at, _), (x, y) in zip(run, path, strict=True):
            fill = palette.series if _is_like(points[at], points) else palette.paper
            drawing.dot(x, y, palette.series, fill=fill, radius=5)
    return str(drawing)

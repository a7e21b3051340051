"""One figure of similar schools along a line: dots, a band for the middle half and a mark for the school itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from kpis.catalogue.kinds import FigureUnit
from kpis.charts.chart_values import Chart, ChartTable, NothingToDraw
from kpis.charts.layout import round_ticks
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, SvgDrawing
from kpis.rules.figures_in_words import figure_in_words

STEPS = 7  # The number of heights of the dots, so that equal figures do not cover each other.
SHORT_UNITS = (FigureUnit.PERCENT, FigureUnit.POUNDS)
PLOT_HEIGHT = 260  # Pixels, in the browser.
MIDDLE = 3.0  # The middle of the heights 0 to 6.


@dataclass(frozen=True, kw_only=True)
class StripPoint:
    """One similar school's figure."""

    name: str
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class StripMeasure:
    """One measure in one year at similar schools, with the school's own figure and the national figure."""

    title: str
    period: str
    unit: FigureUnit
    decimals: int
    points: tuple[StripPoint, ...]
    median: Decimal
    lower: Decimal
    upper: Decimal
    own_name: str
    own: Decimal | None  # For the same year.
    national: Decimal | None


def strip_chart(strip: StripMeasure, *, element_id: str, palette: Palette = PALETTE) -> Chart:
    """Draw similar schools' figures along one line. ``element_id`` must be unique on the page.

    Raises:
        NothingToDraw: no similar school has a figure.
    """
    if not strip.points:
        raise NothingToDraw(f"{strip.title}: no similar school has a figure")
    title, sentence = f"{strip.title}, {strip.period}", _sentence(strip)
    return Chart(
        title=title,
        sentence=sentence,
        key="Each small mark is a school. The band covers the middle half of the schools. The line is their median.",
        table=_table(strip),
        figure=_figure(strip, palette),
        svg=_svg(strip, SvgDrawing(element_id, title, sentence, palette), palette),
    )


def _say(strip: StripMeasure, value: Decimal) -> str:
    return figure_in_words(value, strip.unit, strip.decimals)


def _sentence(strip: StripMeasure) -> str:
    parts = [
        f"{strip.title} in {strip.period}: the median of {len(strip.points)} similar schools is "
        f"{_say(strip, strip.median)}, and the middle half are between {_say(strip, strip.lower)} and "
        f"{_say(strip, strip.upper)}"
    ]
    if strip.own is None:
        parts.append(f"{strip.own_name} has no published figure for that year")
    else:
        below = sum(point.value < strip.own for point in strip.points)
        same = sum(point.value == strip.own for point in strip.points)
        tied = f" and the same as {same}" if same else ""
        parts.append(
            f"{strip.own_name} has {_say(strip, strip.own)}: higher than {below} of the {len(strip.points)}{tied}"
        )
    if strip.national is not None:
        parts.append(f"The national figure is {_say(strip, strip.national)}")
    return ". ".join(parts) + "."


def _table(strip: StripMeasure) -> ChartTable:
    rows = [(point.name, _say(strip, point.value)) for point in _sorted(strip)]
    return ChartTable(
        caption=f"{strip.title} in {strip.period} at similar schools", head=("School", strip.title), rows=tuple(rows)
    )


def _sorted(strip: StripMeasure) -> list[StripPoint]:
    return sorted(strip.points, key=lambda point: (-point.value, point.name))


def _heights(count: int) -> list[float]:
    """Return a height for each dot in order of value. Neighbours do not touch, and the heights never change."""
    return [float((place * 3) % STEPS) for place in range(count)]


def _marks(strip: StripMeasure) -> list[float]:
    drawn = [point.value for point in strip.points] + [
        value for value in (strip.own, strip.national) if value is not None
    ]
    smallest = 10.0**-strip.decimals
    low, high = float(min(drawn)), float(max(drawn))
    room = (high - low) / 20 or smallest
    return round_ticks(low if low == 0 else low - room, high + room, smallest=smallest)


def _ticks(strip: StripMeasure, marks: Sequence[float]) -> list[str]:
    unit = strip.unit if strip.unit in SHORT_UNITS else FigureUnit.SCORE
    return [figure_in_words(Decimal(str(mark)), unit, strip.decimals) for mark in marks]


def _figure(strip: StripMeasure, palette: Palette) -> dict[str, Any]:
    marks, points = _marks(strip), _sorted(strip)
    base = {"hoverinfo": "text", "mode": "markers", "type": "scatter"}
    data: list[dict[str, Any]] = [
        base
        | {
            "name": "Similar schools",
            "x": [float(point.value) for point in points],
            "y": _heights(len(points)),
            "marker": {"color": palette.quiet, "size": 9, "opacity": 0.75},
            "hovertext": [f"{point.name}: {_say(strip, point.value)}" for point in points],
        }
    ]
    if strip.own is not None:
        data.append(
            base
            | {
                "name": strip.own_name,
                "x": [float(strip.own)],
                "y": [MIDDLE],
                "marker": {"color": palette.series, "size": 17, "symbol": "diamond"},
                "hovertext": [f"{strip.own_name}: {_say(strip, strip.own)}"],
            }
        )
    return {"data": data, "layout": _layout(strip, marks, palette)}


def _layout(strip: StripMeasure, marks: Sequence[float], palette: Palette) -> dict[str, Any]:
    band = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    line = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    shapes: list[dict[str, Any]] = [
        band | {"x0": float(strip.lower), "x1": float(strip.upper), "fillcolor": palette.bands[-1]},
        line | {"x0": float(strip.median), "x1": float(strip.median), "line": {"color": palette.quiet, "width": 1.5}},
    ]
    notes = []
    if strip.national is not None:
        at = float(strip.national)
        shapes.append(line | {"x0": at, "x1": at, "line": {"color": palette.target, "width": 1.5, "dash": "dot"}})
        notes.append(
            {
                "text": "National", "x": at, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                "font": {"color": palette.target, "size": 13},
            }
        )  # fmt: skip
    if strip.own is not None:
        notes.append(
            {
                "text": escape(strip.own_name), "x": float(strip.own), "y": MIDDLE, "yshift": -20, "showarrow": False,
                "bgcolor": palette.paper, "opacity": 0.9, "font": {"color": palette.series, "size": 13},
            }
        )  # fmt: skip
    return {
        "height": PLOT_HEIGHT,
        "margin": {"l": 24, "r": 24, "t": 28, "b": 56},
        "font": {"family": palette.font, "size": 14, "color": palette.ink},
        "paper_bgcolor": palette.paper,
        "plot_bgcolor": palette.paper,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {
            "title": {"text": strip.title},
            "tickvals": list(marks),
            "ticktext": _ticks(strip, marks),
            "range": [marks[0], marks[-1]],
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": palette.gap,
        },
        "yaxis": {"visible": False, "range": [-1, STEPS], "fixedrange": True},
        "shapes": shapes,
        "annotations": notes,
    }


def _svg(strip: StripMeasure, drawing: SvgDrawing, palette: Palette) -> str:
    marks = _marks(strip)
    left, right, top, bottom = LEFT, WIDTH - LEFT, TOP + 20, HEIGHT - BOTTOM

    def across(value: Decimal | float) -> float:
        return left + (float(value) - marks[0]) / (marks[-1] - marks[0]) * (right - left)

    def down(height: float) -> float:
        return bottom - (height + 1) / (STEPS + 1) * (bottom - top)

    drawing.rect(across(strip.lower), across(strip.upper), top, bottom, palette.bands[-1], "band")
    for mark, text in zip(marks, _ticks(strip, marks), strict=True):
        drawing.line([(across(mark), bottom), (across(mark), bottom + 5)], palette.quiet, "axis")
        drawing.text(across(mark), bottom + 20, text, "tick", anchor="middle")
    drawing.line([(left, bottom), (right, bottom)], palette.quiet, "axis")
    drawing.line([(across(strip.median), top), (across(strip.median), bottom)], palette.quiet, "median")
    if strip.national is not None:
        at = across(strip.national)
        drawing.line([(at, top), (at, bottom)], palette.target, "national", dash="2 3")
        drawing.text(at, top - 6, "National", "name", anchor="middle", fill=palette.target)
    for point, height in zip(_sorted(strip), _heights(len(strip.points)), strict=True):
        drawing.dot(across(point.value), down(height), palette.quiet, fill=palette.paper)
    if strip.own is not None:
        drawing.dot(across(strip.own), down(MIDDLE), palette.series, fill=palette.series, radius=8)
        drawing.text(across(strip.own), bottom + 38, strip.own_name, "name", anchor="middle", fill=palette.series)
    return str(drawing)

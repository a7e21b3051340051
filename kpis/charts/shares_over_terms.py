"""Shares by term on a scale from 0 to 100%, with a line for each share, such as returns on time."""

from dataclasses import dataclass
from typing import Any

from kpis.charts.chart_values import Chart, ChartTable, NothingToDraw
from kpis.charts.layout import name_at_right, plot_frame, spread_apart
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import HEIGHT, RIGHT, WIDTH, DrawingScale, SvgDrawing, joined_runs
from schools.rules.terms import Period
from tables.word_lists import join_in_words

MARKS = (0, 20, 40, 60, 80, 100)
APART = 6.0  # The least distance between two names at the right end, in percentage points.


@dataclass(frozen=True, kw_only=True)
class ShareLine:
    """One share by term: (count, total) in the order of the terms. A term with a total of 0 has no share."""

    name: str
    counts: tuple[tuple[int, int], ...]

    @property
    def levels(self) -> list[float | None]:
        return [count / total * 100 if total else None for count, total in self.counts]


@dataclass(frozen=True, kw_only=True)
class SharesOverTerms:
    """Lines over the same terms, oldest first."""

    title: str
    counted: str  # In the plural, such as "returns".
    periods: tuple[Period, ...]
    lines: tuple[ShareLine, ...]


def shares_chart(shares: SharesOverTerms, *, element_id: str, palette: Palette = PALETTE) -> Chart:
    """Draw the shares by term. A line joins two points only if neither term is without a share.

    Raises:
        NothingToDraw: there are no terms.
    """
    if not shares.periods:
        raise NothingToDraw(shares.title)
    sentence = _sentence(shares)
    drawing = SvgDrawing(element_id, shares.title, sentence, palette)
    return Chart(
        title=shares.title,
        sentence=sentence,
        table=_table(shares),
        figure=_figure(shares, palette),
        svg=_svg(shares, drawing, palette),
    )


def _sentence(shares: SharesOverTerms) -> str:
    last = shares.periods[-1].label
    shares_in_words = [
        f"{line.counts[-1][0]} of {line.counts[-1][1]} {shares.counted} {line.name.lower()}" for line in shares.lines
    ]
    if not any(line.counts[-1][1] for line in shares.lines):
        return f"{shares.title}: there is nothing to count in {last} yet."
    before = [f"{round(line.levels[-2] or 0)}% {line.name.lower()}" for line in shares.lines if _has_two(line)]
    compared = f", after {join_in_words(before)} in {shares.periods[-2].label}" if before else ""
    return f"{shares.title}: in {last} {join_in_words(shares_in_words)}{compared}."


def _has_two(line: ShareLine) -> bool:
    return len(line.counts) > 1 and bool(line.counts[-2][1])


def _table(shares: SharesOverTerms) -> ChartTable:
    rows = [
        (period.label, *(_cell(*line.counts[place]) for line in shares.lines))
        for place, period in enumerate(shares.periods)
    ]
    head = ("Term", *(line.name for line in shares.lines))
    return ChartTable(caption=shares.title, head=head, rows=tuple(rows))


def _cell(count: int, total: int) -> str:
    return f"{count} of {total} ({count / total * 100:.0f}%)" if total else "Nothing to count"


def _colours(palette: Palette) -> list[tuple[str, str, str]]:
    """Return the colour of each line, and its dash as plotly's name and as SVG's value."""
    return [(palette.series, "solid", ""), (palette.target, "dash", "6 4")]


def _ends(shares: SharesOverTerms) -> list[float | None]:
    return [next((level for level in reversed(line.levels) if level is not None), None) for line in shares.lines]


def _figure(shares: SharesOverTerms, palette: Palette) -> dict[str, Any]:
    ticks = [(place, period.label) for place, period in enumerate(shares.periods)]
    layout = plot_frame(palette, ticks=ticks, y_title=f"Share of {shares.counted}")
    layout["yaxis"] |= {"range": [-2, 104], "tickvals": list(MARKS), "ticktext": [f"{mark}%" for mark in MARKS]}
    data, names = [], []
    for line, end, level, (colour, dash, _) in zip(
        shares.lines, _ends(shares), _names(shares), _colours(palette), strict=False
    ):
        texts = [f"{line.name}, {period.label}: {_cell(*line.counts[at])}" for at, period in enumerate(shares.periods)]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": line.name,
                "x": [place for place, _ in ticks],
                "y": line.levels,
                "connectgaps": False,
                "line": {"color": colour, "width": 2.5, "dash": dash},
                "marker": {"size": 8, "color": colour},
                "hoverinfo": "text",
                "hovertext": texts,
            }
        )
        if end is not None:
            names.append(name_at_right(line.name, level, colour))
    return {"data": data, "layout": layout | {"annotations": names}}


def _names(shares: SharesOverTerms) -> list[float]:
    """Return the levels of the lines' names, which neither overlap nor go above the chart."""
    levels = spread_apart([level or 0.0 for level in _ends(shares)], APART)
    over = max(0.0, max(levels) - MARKS[-1])
    return [level - over for level in levels]


def _svg(shares: SharesOverTerms, drawing: SvgDrawing, palette: Palette) -> str:
    scale = DrawingScale(len(shares.periods) - 1, -2, 104)
    drawing.axes(scale, [period.label for period in shares.periods], [(mark, f"{mark}%") for mark in MARKS], palette)
    for line, end, level, (colour, _, dash) in zip(
        shares.lines, _ends(shares), _names(shares), _colours(palette), strict=False
    ):
        for run in joined_runs(line.levels):
            points = [(scale.x(place), scale.y(share)) for place, share in run]
            drawing.line(points, colour, "series", dash=dash)
            for x, y in points:
                drawing.dot(x, y, colour, fill=palette.paper)
        if end is not None:
            drawing.text(WIDTH - RIGHT + 8, min(scale.y(level) + 4, HEIGHT), line.name, "name", fill=colour)
    return str(drawing)

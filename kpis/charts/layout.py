"""What the charts share: plotly's layout, the names at the right end of lines, and the gaps."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import groupby, pairwise
from math import ceil, floor, log10
from typing import Any, TypeVar

from kpis.charts.palette import Palette

Item = TypeVar("Item")
HEIGHT = 400  # Pixels.
RIGHT = 120  # Pixels for the names of the lines.
GAP_TEXT_AT = 2 / 3  # The share of the height at which a gap's text is: clear of most lines.


def plot_frame(palette: Palette, *, ticks: Sequence[tuple[float, str]], y_title: str) -> dict[str, Any]:
    """Return plotly's layout, without a legend (the lines have their names), a zoom or grid lines for the years."""
    places = [place for place, _ in ticks]
    return {
        "height": HEIGHT,
        "margin": {"l": 56, "r": RIGHT, "t": 16, "b": 48},
        "font": {"family": palette.font, "size": 14, "color": palette.ink},
        "paper_bgcolor": palette.paper,
        "plot_bgcolor": palette.paper,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [text for _, text in ticks],
            "range": [places[0] - 0.5, places[-1] + 0.5],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "linecolor": palette.quiet,
            "tickfont": {"size": 12},
        },
        "yaxis": {
            "title": {"text": y_title},
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": palette.gap,
        },
    }


def name_at_right(text: str, level: float, colour: str) -> dict[str, Any]:
    """Return plotly's annotation that names a line at its right end. ``level`` is in the unit of the y axis."""
    return {
        "text": escape(text),  # Plotly reads some HTML in its texts.
        "xref": "paper",
        "x": 1.01,
        "xanchor": "left",
        "y": level,
        "yanchor": "middle",
        "showarrow": False,
        "align": "left",
        "font": {"color": colour, "size": 13},
    }


def gap_marks(
    gaps: Iterable[tuple[float, float, str]], palette: Palette
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return plotly's shapes and annotations for runs of places (first, last, why) without a figure."""
    shapes, notes = [], []
    for first, last, why in gaps:
        shapes.append(
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": first - 0.5,
                "x1": last + 0.5,
                "y0": 0,
                "y1": 1,
                "fillcolor": palette.gap,
                "opacity": 0.6,
                "line": {"width": 0},
                "layer": "above",  # If it were below, the bands would cover it.
            }
        )
        notes.append(
            {
                "text": why,
                "x": (first + last) / 2,
                "yref": "paper",
                "y": GAP_TEXT_AT,
                "yanchor": "middle",
                "bgcolor": palette.gap,
                "showarrow": False,
                "textangle": -90,
                "font": {"color": palette.ink, "size": 12},
            }
        )
    return shapes, notes


def spread_apart(levels: Sequence[float], gap: float) -> list[float]:
    """Move levels up until they are at least ``gap`` apart, and no further, so that names do not overlap.

    >>> spread_apart([50, 10, 12], 5)
    [50, 10, 15]
    """
    moved = list(levels)
    order = sorted(range(len(levels)), key=lambda place: levels[place])
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


def round_ticks(low: float, high: float, *, smallest: float) -> list[float]:
    """Return four to eight round levels that cover ``low`` to ``high``, at least ``smallest`` apart.

    >>> round_ticks(5.0, 6.5, smallest=0.1)
    [5.0, 5.5, 6.0, 6.5]
    """
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = max(next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough * 0.999), smallest)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def runs_of_gaps(items: Sequence[Item], why: Callable[[Item], str]) -> list[tuple[int, int, str]]:
    """Return the first place, last place and ``why`` of each run of neighbouring items with the same ``why``.

    An item with a figure has an empty ``why`` and belongs to no run.

    >>> runs_of_gaps(["", "x", "x", ""], lambda reason: reason)
    [(1, 2, 'x')]
    """
    found = []
    for reason, group in groupby(enumerate(items), key=lambda pair: why(pair[1])):
        places = [place for place, _ in group]
        if reason:
            found.append((places[0], places[-1], reason))
    return found

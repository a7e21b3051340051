"""A sparkline: an indicator's last figures as a line the size of a word, with a sentence that says them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree

from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import joined_runs

WIDTH, HEIGHT, EDGE = 96, 24, 4  # In the drawing's units. The edge leaves room for the last point's dot.
FEWEST = 2  # Figures: one alone is not a line.
MOST_POINTS = 9  # Figures: three years of terms.


@dataclass(frozen=True, kw_only=True)
class SparkPoint:
    """One period of the line. If ``value`` is None, there was no figure and the line has a gap."""

    label: str
    value: Decimal | None
    text: str  # The figure with its unit, or why there is no figure.


def sparkline(points: Sequence[SparkPoint], palette: Palette = PALETTE) -> str:
    """Draw the last figures, oldest first, as an SVG whose name is a sentence. Return "" if there are fewer than two.

    A period without a figure is a gap: no line is drawn across it. The last figure has a dot.

    >>> sparkline([SparkPoint(label="autumn 2025", value=Decimal(5), text="5.0%")])
    ''
    """
    shown = list(points)[-MOST_POINTS:]
    known = [float(point.value) for point in shown if point.value is not None]
    if len(known) < FEWEST:
        return ""
    low, high = min(known), max(known)
    across = (WIDTH - 2 * EDGE) / max(1, len(shown) - 1)

    def y(value: float) -> float:
        return HEIGHT / 2 if high == low else EDGE + (high - value) / (high - low) * (HEIGHT - 2 * EDGE)

    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "width": str(WIDTH),
            "height": str(HEIGHT), "role": "img", "class": "sl-spark", "aria-label": sparkline_sentence(shown),
        },
    )  # fmt: skip
    for run in joined_runs([None if point.value is None else float(point.value) for point in shown]):
        places = [(EDGE + at * across, y(value)) for at, value in run]
        if len(places) == 1:
            _dot(root, places[0], palette, radius="1.5")
        line = {"fill": "none", "stroke": palette.series, "stroke-width": "1.5"}
        ElementTree.SubElement(root, "polyline", line | {"points": " ".join(f"{x:.1f},{v:.1f}" for x, v in places)})
        end = places[-1]
    _dot(root, end, palette, radius="2.5")
    return ElementTree.tostring(root, encoding="unicode")


def sparkline_sentence(points: Sequence[SparkPoint]) -> str:
    """Return a sentence with every figure, oldest first.

    >>> sparkline_sentence([SparkPoint(label="autumn 2024", value=Decimal(5), text="5.0%"),
    ...           SparkPoint(label="spring 2025", value=None, text="too few pupils")])
    'Earlier figures, oldest first: autumn 2024 5.0%, spring 2025 too few pupils'
    """
    return "Earlier figures, oldest first: " + ", ".join(f"{point.label} {point.text}" for point in points)


def _dot(root: ElementTree.Element, place: tuple[float, float], palette: Palette, *, radius: str) -> None:
    x, y = place
    ElementTree.SubElement(root, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": radius, "fill": palette.series})

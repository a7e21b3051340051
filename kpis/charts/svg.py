"""A small drawing as SVG text: valid XML, named for screen readers, styled only with attributes and classes.

The Content Security Policy of pages forbids inline styles, so the drawing has none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from kpis.charts.layout import GAP_TEXT_AT
from kpis.charts.palette import Palette

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 132, 16, 44  # Margins, in the drawing's units.
LABEL_GAP = 16  # The least distance between names at the right end.


@dataclass(frozen=True)
class DrawingScale:
    """Maps places (0 to ``last``, with half a place more on both sides) and levels to the drawing."""

    last: int
    low: float
    high: float

    def x(self, place: float) -> float:
        """Return the x coordinate of a place."""
        return LEFT + (place + 0.5) / (self.last + 1) * (WIDTH - LEFT - RIGHT)

    def y(self, level: float) -> float:
        """Return the y coordinate of a level."""
        return TOP + (self.high - level) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


class SvgDrawing:
    """An SVG while it is drawn. Colours are presentation attributes, so a style sheet's classes can override them."""

    def __init__(
        self, element_id: str, title: str, description: str, palette: Palette, *, height: int = HEIGHT
    ) -> None:
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {height}",
                "width": str(WIDTH),
                "height": str(height),
                "role": "img",
                "class": "sl-chart",
                "aria-labelledby": f"{element_id}-title {element_id}-desc",
                "font-family": palette.font,
                "font-size": "13",
                "fill": palette.ink,
            },
        )
        for tag, text in (("title", title), ("desc", description)):
            ElementTree.SubElement(self.root, tag, {"id": f"{element_id}-{tag}"}).text = text

    def rect(self, x0: float, x1: float, y0: float, y1: float, fill: str, name: str) -> None:
        """Fill a rectangle."""
        size = {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}
        self._add("rect", {key: _short(value) for key, value in size.items()} | {"fill": fill}, name)

    def area(self, above: Sequence[tuple[float, float]], below: Sequence[tuple[float, float]], fill: str) -> None:
        """Fill between two lines that have the same places."""
        self._add("polygon", {"points": _points([*above, *reversed(below)]), "fill": fill}, "band")

    def line(self, points: Iterable[tuple[float, float]], colour: str, name: str, *, dash: str = "") -> None:
        """Draw a line through points."""
        width = "2.5" if name == "series" else "1.5"
        attributes = {"points": _points(points), "fill": "none", "stroke": colour, "stroke-width": width}
        self._add("polyline", attributes | ({"stroke-dasharray": dash} if dash else {}), name)

    def dot(self, x: float, y: float, colour: str, *, fill: str, radius: float = 4) -> None:
        """Mark a point."""
        place = {"cx": _short(x), "cy": _short(y), "r": _short(radius)}
        self._add("circle", place | {"fill": fill, "stroke": colour, "stroke-width": "2"}, "point")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        name: str,
        *,
        anchor: str = "start",
        fill: str = "",
        turn: bool = False,
    ) -> None:
        """Write text. ``turn`` makes it read upwards."""
        attributes = {"x": _short(x), "y": _short(y), "text-anchor": anchor}
        if fill:
            attributes["fill"] = fill
        if turn:
            attributes["transform"] = f"rotate(-90 {_short(x)} {_short(y)})"
        self._add("text", attributes, name).text = text

    def axes(
        self, scale: DrawingScale, ticks: Sequence[str], levels: Sequence[tuple[float, str]], palette: Palette
    ) -> None:
        """Draw both axes with the names of places and levels. Leave out names that would touch."""
        left, right, bottom = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM
        for level, text in levels:
            self.line([(left, scale.y(level)), (right, scale.y(level))], palette.gap, "grid")
            self.text(left - 8, scale.y(level) + 4, text, "tick", anchor="end")
        self.line([(left, bottom), (right, bottom)], palette.quiet, "axis")
        widest = max(map(len, ticks)) * 6.5 + 8
        step = max(1, -int(-widest // ((right - left) / len(ticks))))
        for place, text in enumerate(ticks):
            if (len(ticks) - 1 - place) % step == 0:
                self.text(scale.x(place), bottom + 20, text, "tick", anchor="middle")

    def gap(self, scale: DrawingScale, first: int, last: int, why: str, palette: Palette) -> None:
        """Mark a run of places that have no figure, with the reason."""
        left, right = scale.x(first - 0.5), scale.x(last + 0.5)
        self.rect(left, right, TOP, HEIGHT - BOTTOM, palette.gap, "gap")
        height = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * GAP_TEXT_AT
        self.text((left + right) / 2 + 4, height, why, "gap-text", anchor="middle", turn=True)

    def __str__(self) -> str:
        return ElementTree.tostring(self.root, encoding="unicode")

    def _add(self, tag: str, attributes: dict[str, str], name: str) -> ElementTree.Element:
        return ElementTree.SubElement(self.root, tag, {"class": f"sl-chart__{name}"} | attributes)


def joined_runs(levels: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Split levels into runs of places without a gap. A line joins the points of a run.

    >>> joined_runs([1.0, 2.0, None, 4.0])
    [[(0, 1.0), (1, 2.0)], [(3, 4.0)]]
    """
    split: list[list[tuple[int, float]]] = [[]]
    for place, level in enumerate(levels):
        if level is None:
            split.append([])
        else:
            split[-1].append((place, level))
    return [run for run in split if run]


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in points)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

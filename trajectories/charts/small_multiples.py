"""Small charts of many schools on one scale: a school's percentile by year, with the lines and the other schools."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

from kpis.charts.chart_values import NothingToDraw
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import joined_runs
from kpis.rules.figures_in_words import whole_percentile
from schools.rules.terms import school_year_label
from trajectories.charts.chart_values import Trajectory

WIDTH, HEIGHT = 320, 150  # The size of a panel in the drawing's units, which are close to pixels on the page.
LEFT, RIGHT, TOP, BOTTOM = 26, 26, 8, 22
DASHES = ("2 3", "6 4", "", "12 4")  # For the lines, lowest first, as in the chart of one school.
DISTANCE = 4  # From the last point to its number.


@dataclass(frozen=True, kw_only=True)
class SmallMultiples:
    """The panels of a group of schools. They use the backdrop by its id, so it comes first on the page."""

    backdrop: str
    panels: tuple[str, ...]  # In the order of the schools.


@dataclass(frozen=True)
class _Scale:
    years: tuple[int, ...]

    def x(self, year: float) -> float:
        return LEFT + (year - self.years[0] + 0.5) / len(self.years) * (WIDTH - LEFT - RIGHT)

    def y(self, level: float) -> float:
        return TOP + (100 - level) / 100 * (HEIGHT - TOP - BOTTOM)


def small_multiples(schools: Sequence[Trajectory], *, element_id: str, palette: Palette = PALETTE) -> SmallMultiples:
    """Draw a panel for each school, with the other schools faint behind it. The schools have the same reference lines.

    Every panel has the same years and the same scale, 0 to 100. A line joins two points only if their years are
    consecutive. A year in which no school has a figure is grey. ``element_id`` must be unique on the page.

    Raises:
        NothingToDraw: no school has a year.
    """
    held = [point.school_year for school in schools for point in school.points]
    if not held:
        raise NothingToDraw("no school has a year to draw")
    scale = _Scale(tuple(range(min(held), max(held) + 1)))
    return SmallMultiples(
        backdrop=_backdrop(schools, scale, element_id, palette),
        panels=tuple(
            _panel(school, scale, f"{element_id}-{place}", element_id, palette) for place, school in enumerate(schools)
        ),
    )


def _backdrop(schools: Sequence[Trajectory], scale: _Scale, element_id: str, palette: Palette) -> str:
    """Draw what every panel shows: bands, lines, years without figures, axes and, faintly, every school."""
    root = ElementTree.Element("svg", _svg_attributes() | {"width": "0", "height": "0", "aria-hidden": "true"})
    symbol = ElementTree.SubElement(root, "symbol", {"id": element_id, "viewBox": f"0 0 {WIDTH} {HEIGHT}"})
    _draw_lines(symbol, schools[0], scale, palette)
    known = {point.school_year for school in schools for point in school.points if point.percentile is not None}
    for year in scale.years:
        if year not in known:
            _rect(symbol, scale.x(year - 0.5), scale.x(year + 0.5), palette.gap)
    for school in schools:
        for run in _runs(school, scale):
            _polyline(symbol, run, palette.quiet, "1", opacity="0.45")
    for level in (0, 50, 100):
        _text(symbol, LEFT - 5, scale.y(level) + 4, str(level), palette.quiet, "end")
    _polyline(symbol, [(LEFT, scale.y(0)), (WIDTH - RIGHT, scale.y(0))], palette.quiet, "1")
    for year in {scale.years[0], scale.years[-1]}:
        _text(symbol, scale.x(year), HEIGHT - 6, school_year_label(year), palette.quiet, "middle")
    return ElementTree.tostring(root, encoding="unicode")


def _panel(school: Trajectory, scale: _Scale, panel_id: str, backdrop: str, palette: Palette) -> str:
    attributes = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-labelledby": f"{panel_id}-title"}
    root = ElementTree.Element("svg", _svg_attributes() | attributes)
    ElementTree.SubElement(root, "title", {"id": f"{panel_id}-title"}).text = _said(school)
    ElementTree.SubElement(root, "use", {"href": f"#{backdrop}", "width": str(WIDTH), "height": str(HEIGHT)})
    last = None
    for run in _runs(school, scale):
        if len(run) > 1:
            _polyline(root, run, palette.series, "2.5")
        for x, y in run:
            circle = {"cx": _short(x), "cy": _short(y), "r": "3.2", "fill": palette.series}
            ElementTree.SubElement(root, "circle", circle)
        last = run[-1]
    if last:
        percentile = [point.percentile for point in school.points if point.percentile is not None][-1]
        written = str(whole_percentile(percentile))
        _text(root, last[0] + DISTANCE + 2, last[1] + 4, written, palette.ink, "start", weight="700")
    return ElementTree.tostring(root, encoding="unicode")


def _said(school: Trajectory) -> str:
    known = [(point.school_year, point.percentile) for point in school.points if point.percentile is not None]
    if not known:
        return f"{school.school} has no published figures"
    percentiles = ", ".join(f"{school_year_label(year)} {whole_percentile(percentile)}" for year, percentile in known)
    return f"{school.school}: national percentile by school year: {percentiles}"


def _runs(school: Trajectory, scale: _Scale) -> list[list[tuple[float, float]]]:
    by_year = {point.school_year: point.percentile for point in school.points}
    runs = joined_runs([by_year.get(year) for year in scale.years])
    return [[(scale.x(scale.years[place]), scale.y(level)) for place, level in run] for run in runs]


def _draw_lines(symbol: ElementTree.Element, school: Trajectory, scale: _Scale, palette: Palette) -> None:
    """Fill the bands between the lines year by year, because a line can move, and draw the lines on top."""
    for year in scale.years:
        levels = [line.levels[year] for line in school.lines if year in line.levels]
        if len(levels) < len(school.lines):
            continue  # A band without one of its edges would suggest a line that does not exist.
        left, right = scale.x(year - 0.5), scale.x(year + 0.5)
        for band, (low, high) in enumerate(pairwise([0.0, *levels, 100.0])):
            _rect(symbol, left, right, palette.bands[band % len(palette.bands)], scale.y(high), scale.y(low))
    for place, line in enumerate(school.lines):
        steps = [
            (scale.x(year + side), scale.y(line.levels[year]))
            for year in scale.years
            if year in line.levels
            for side in (-0.5, 0.5)
        ]
        _polyline(symbol, steps, palette.quiet, "0.8", dash=DASHES[place % len(DASHES)])


def _svg_attributes() -> dict[str, str]:
    return {"xmlns": "http://www.w3.org/2000/svg", "class": "sl-multiple", "font-size": "11"}


def _rect(
    parent: ElementTree.Element,
    left: float,
    right: float,
    fill: str,
    top: float = TOP,
    bottom: float = HEIGHT - BOTTOM,
) -> None:
    size = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    ElementTree.SubElement(parent, "rect", {name: _short(value) for name, value in size.items()} | {"fill": fill})


def _polyline(
    parent: ElementTree.Element,
    points: Sequence[tuple[float, float]],
    colour: str,
    width: str,
    *,
    dash: str = "",
    opacity: str = "",
) -> None:
    attributes = {
        "points": " ".join(f"{_short(x)},{_short(y)}" for x, y in points),
        "fill": "none",
        "stroke": colour,
        "stroke-width": width,
    }
    more = {"stroke-dasharray": dash, "stroke-opacity": opacity}
    ElementTree.SubElement(parent, "polyline", attributes | {name: value for name, value in more.items() if value})


def _text(
    parent: ElementTree.Element, x: float, y: float, text: str, fill: str, anchor: str, *, weight: str = ""
) -> None:
    attributes = {"x": _short(x), "y": _short(y), "fill": fill, "text-anchor": anchor}
    more = {"font-weight": weight} if weight else {}
    ElementTree.SubElement(parent, "text", attributes | more).text = text


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

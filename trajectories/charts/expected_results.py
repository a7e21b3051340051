"""A school's expected next results: an interval for each measure, against Carter's four lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kpis.charts.chart_values import Chart, ChartTable, NothingToDraw
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import WIDTH, SvgDrawing
from kpis.rules.figures_in_words import ordinal, whole_percentile

LEFT, RIGHT, TOP, ROW, BOTTOM = 178, 24, 34, 58, 46  # In the drawing's units.
HALF = 13  # Half the height of a row's band.
KEY = (
    "The bar shows the likely range: about 8 results in 10 fall within it. The filled dot is the expected result. "
    "The open dot is the latest result. 100 is the highest percentile."
)


@dataclass(frozen=True, kw_only=True)
class ExpectedResult:
    """One measure's expected next result, as percentiles (100 is the highest) and in the measure's own unit."""

    measure: str  # "Attainment 8"
    year: str  # "2026–27"
    low: float
    middle: float
    high: float
    result: str  # "43.2"
    interval: str  # "39.1 to 47.4"
    latest: float | None = None  # The percentile of the latest result.
    latest_result: str = ""  # "45.0 in 2025–26"
    lines: tuple[tuple[str, float], ...] = ()  # Name and percentile, lowest first.


def expected_chart(
    school: str, results: Sequence[ExpectedResult], *, element_id: str, palette: Palette = PALETTE
) -> Chart:
    """Draw the expected result of each measure on one scale of national percentiles.

    The picture is static, because the table next to it has every number. ``element_id`` must be unique on the page.

    Raises:
        NothingToDraw: there are no results.
    """
    if not results:
        raise NothingToDraw(f"{school} has no expected results")
    title = f"{school}: expected next results"
    sentence = _sentence(school, results)
    height = TOP + ROW * len(results) + BOTTOM
    drawing = SvgDrawing(element_id, title, sentence, palette, height=height)
    _axis(drawing, height, palette)
    for place, result in enumerate(results):
        _row(drawing, result, TOP + ROW * (place + 0.5), palette, with_names=place == 0)
    return Chart(title=title, sentence=sentence, table=_table(title, results), figure={}, key=KEY, svg=str(drawing))


def _sentence(school: str, results: Sequence[ExpectedResult]) -> str:
    results_in_words = [
        f"{result.measure} of {result.result} in {result.year}, at the {ordinal(result.middle)} national percentile "
        f"(likely {result.interval})"
        for result in results
    ]
    return f"The expected results of {school}: {'; '.join(results_in_words)}."


def _percentile_with_interval(result: ExpectedResult) -> str:
    low, middle, high = (whole_percentile(value) for value in (result.low, result.middle, result.high))
    return f"{middle} ({low} to {high})"


def _table(title: str, results: Sequence[ExpectedResult]) -> ChartTable:
    return ChartTable(
        caption=title,
        head=("Measure", "Expected", "Likely range", "National percentile", "Latest result", "Lines"),
        rows=tuple(
            (
                f"{result.measure}, {result.year}",
                result.result,
                result.interval,
                _percentile_with_interval(result),
                result.latest_result or "No result",
                ", ".join(f"{name} at {whole_percentile(at)}" for name, at in result.lines) or "None",
            )
            for result in results
        ),
    )


def _x(percentile: float) -> float:
    return LEFT + percentile / 100 * (WIDTH - LEFT - RIGHT)


def _axis(drawing: SvgDrawing, height: int, palette: Palette) -> None:
    bottom = height - BOTTOM
    drawing.line([(_x(0), bottom), (_x(100), bottom)], palette.quiet, "axis")
    for level in (0, 25, 50, 75, 100):
        drawing.text(_x(level), bottom + 18, str(level), "tick", anchor="middle")
    drawing.text((_x(0) + _x(100)) / 2, bottom + 38, "National percentile", "axis-title", anchor="middle")


def _row(drawing: SvgDrawing, result: ExpectedResult, y: float, palette: Palette, *, with_names: bool) -> None:
    edges = [0.0, *(at for _, at in result.lines), 100.0]
    for band, (low, high) in enumerate(pairwise(edges)):
        drawing.rect(_x(low), _x(high), y - HALF, y + HALF, palette.bands[band % len(palette.bands)], "band")
    for place, (name, at) in enumerate(result.lines):
        drawing.line([(_x(at), y - HALF - 3), (_x(at), y + HALF + 3)], palette.quiet, "reference")
        if with_names:  # Floor and coasting are close together, so every second name is a little higher.
            drawing.text(_x(at), TOP - 4 - 14 * (place % 2), name, "name", anchor="middle", fill=palette.quiet)
    drawing.text(8, y - 2, result.measure, "name")
    drawing.text(8, y + 14, result.year, "name", fill=palette.quiet)
    drawing.rect(_x(result.low), _x(result.high), y - 4, y + 4, palette.series, "range")
    if result.latest is not None:
        drawing.dot(_x(result.latest), y, palette.ink, fill=palette.paper, radius=5)
    drawing.dot(_x(result.middle), y, palette.paper, fill=palette.series, radius=7)

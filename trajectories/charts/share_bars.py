"""Shares as bars: a static picture for a file or a printed page. A table next to it has the numbers."""

from collections.abc import Sequence

from kpis.charts.palette import PALETTE, Palette
from kpis.charts.svg import WIDTH, SvgDrawing

LEFT, RIGHT, TOP, ROW, BAR = 210, 60, 44, 30, 20  # In the drawing's units.
SMALLEST_WRITTEN = 7.0  # Per cent. A narrower part has no room for its number.


def share_bars(
    element_id: str,
    *,
    title: str,
    description: str,
    rows: Sequence[tuple[str, float]],
    palette: Palette = PALETTE,
) -> str:
    """Draw a bar for each row, with its share in per cent at the end, and return the SVG text."""
    drawing = SvgDrawing(element_id, title, description, palette, height=TOP + ROW * (len(rows) + 1))
    drawing.text(12, 24, title, "title")
    widest = max((share for _, share in rows), default=0) or 1
    for place, (name, share) in enumerate(rows):
        top = TOP + ROW * place
        end = LEFT + share / widest * (WIDTH - LEFT - RIGHT)
        drawing.text(LEFT - 10, top + 15, name, "tick", anchor="end")
        drawing.rect(LEFT, end, top, top + BAR, palette.series, "bar")
        drawing.text(end + 6, top + 15, f"{share:.1f}%", "value")
    return str(drawing)


def stacked_shares(
    element_id: str,
    *,
    title: str,
    description: str,
    names: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float]]],
    palette: Palette = PALETTE,
) -> str:
    """Draw a bar of 100% for each row, with a part for each name, and return the SVG text.

    A part shows its share in per cent if there is room. The names are above the bars, in the order of the parts.
    """
    names_height = ROW
    drawing = SvgDrawing(element_id, title, description, palette, height=TOP + names_height + ROW * (len(rows) + 1))
    drawing.text(12, 24, title, "title")
    for at, part in enumerate(names):
        left = LEFT + at * (WIDTH - LEFT - RIGHT) / len(names)
        drawing.rect(left, left + 14, TOP, TOP + 14, palette.bands[at % len(palette.bands)], "part")
        drawing.line([(left, TOP + 14), (left + 14, TOP + 14)], palette.quiet, "edge")
        drawing.text(left + 20, TOP + 12, part, "name")
    for place, (name, shares) in enumerate(rows):
        top, left = TOP + names_height + ROW * place, float(LEFT)
        drawing.text(LEFT - 10, top + 15, name, "tick", anchor="end")
        for at, share in enumerate(shares):
            end = left + share / 100 * (WIDTH - LEFT - RIGHT)
            drawing.rect(left, end, top, top + BAR, palette.bands[at % len(palette.bands)], "part")
            drawing.line([(end, top), (end, top + BAR)], palette.quiet, "edge")
            if share >= SMALLEST_WRITTEN:
                drawing.text((left + end) / 2, top + 15, f"{share:.0f}%", "value", anchor="middle")
            left = end
    return str(drawing)

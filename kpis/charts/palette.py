"""Colours of the charts. The defaults match the style sheet, and a caller can replace any of them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours as ``#rrggbb``. Lines and text have a contrast of at least 4.5 to 1 with ``paper``. Bands are tints."""

    paper: str = "#ffffff"
    ink: str = "#1d2b36"  # Text and axes.
    quiet: str = "#51616d"  # Reference lines and their names, comparators.
    series: str = "#0b5563"  # The school's own line.
    target: str = "#8a3b12"
    gap: str = "#e3e8ec"  # Behind years without a figure.
    bands: tuple[str, ...] = ("#f7e9e4", "#fbf3e3", "#f4f6f1", "#e8f2ef", "#d9ebe7")  # Lowest first.
    font: str = "Source Sans 3, system-ui, sans-serif"


PALETTE = Palette()

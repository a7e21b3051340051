"""Colours of the charts. The defaults are the style sheet's; every colour can be replaced by the caller."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours as ``#rrggbb``. Lines and text hold 4.5 to 1 against ``paper``; bands are tints behind them."""

    paper: str = "#ffffff"
    ink: str = "#1d2b36"  # Text and axes.
    quiet: str = "#51616d"  # Reference lines and their names, comparators.
    series: str = "#0b5563"  # The school's own line.
    target: str = "#8a3b12"
    gap: str = "#e3e8ec"  # Behind years without a figure.
    bands: tuple[str, ...] = ("#f7e9e4", "#fbf3e3", "#f4f6f1", "#e8f2ef", "#d9ebe7")  # Lowest first.
    font: str = "Source Sans 3, system-ui, sans-serif"


PALETTE = Palette()

"""Charts as values: plotly's figure, a static SVG, a sentence and a table with the same numbers.

Figures are plain dictionaries that plotly draws in the browser. The plotly package is not imported, because it would
take about 30 MB in each server process to build what is only JSON. The tests check figures against plotly's schema.
"""

from kpis.charts.history import MixedPeriods, history_chart
from kpis.charts.inputs import Chart, History, NothingToDraw, PeriodPoint, Table
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.strip import Strip, StripPoint, strip_chart

__all__ = [
    "PALETTE",
    "Chart",
    "History",
    "MixedPeriods",
    "NothingToDraw",
    "Palette",
    "PeriodPoint",
    "Strip",
    "StripPoint",
    "Table",
    "history_chart",
    "strip_chart",
]

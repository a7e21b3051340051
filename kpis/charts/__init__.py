"""Charts as values: plotly's figure, a static SVG, a sentence and a table with the same numbers.

Figures are plain dictionaries that plotly draws in the browser. The plotly package is not imported, because it would
take about 30 MB in each server process to build what is only JSON. The tests check figures against plotly's schema.
"""

from kpis.charts.chart_values import Chart, ChartTable, IndicatorHistory, NothingToDraw, PeriodPoint
from kpis.charts.indicator_history import MixedPeriods, history_chart
from kpis.charts.palette import PALETTE, Palette
from kpis.charts.strip_chart import StripMeasure, StripPoint, strip_chart

__all__ = [
    "PALETTE",
    "Chart",
    "ChartTable",
    "IndicatorHistory",
    "MixedPeriods",
    "NothingToDraw",
    "Palette",
    "PeriodPoint",
    "StripMeasure",
    "StripPoint",
    "history_chart",
    "strip_chart",
]

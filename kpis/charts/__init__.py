"""Charts as values: plotly's figure, a static SVG, a sentence and a table, which all say the same.

Figures are plain dictionaries that plotly draws in the browser. The plotly package itself is not imported:
it would cost each server process some 30 MB to build what JSON holds as well; the tests hold every figure
against plotly's own schema.
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

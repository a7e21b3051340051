"""The values that charts are drawn from, and the charts, as plain values for pages, print and JSON."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis.catalogue.kinds import Direction, FigureUnit
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period


class NothingToDraw(ValueError):
    """A chart needs at least one year or period."""


@dataclass(frozen=True, kw_only=True)
class PeriodPoint:
    """One indicator's figure in one period and the values it is compared with, all in the indicator's unit."""

    period: Period
    value: Decimal | None
    status: ValueStatus = ValueStatus.VALUE
    target: Decimal | None = None
    upper_target: Decimal | None = None
    national: Decimal | None = None
    similar: Decimal | None = None  # The median of similar schools in the same year.
    note: str = ""  # "of 412 pupils", "provisional"


@dataclass(frozen=True, kw_only=True)
class IndicatorHistory:
    """One indicator's history at one school."""

    title: str
    unit: FigureUnit
    decimals: int
    direction: Direction
    points: tuple[PeriodPoint, ...]
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ChartTable:
    """The numbers of a chart in rows of text. Every row has as many cells as there are column headings."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in its four forms, which all have the same numbers."""

    title: str
    sentence: str
    table: ChartTable
    figure: dict[str, Any]  # For plotly: ``data`` and ``layout``, as plain values for JSON.
    key: str = ""  # Tells the reader what the marks mean, if they are not all alike.
    svg: str  # For pages without JavaScript, print and PDF.

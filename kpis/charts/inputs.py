"""What the charts are drawn from, and what they are: plain values, ready for a page, a print and JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis.catalogue.kinds import Direction, Unit
from published.dfe.statuses import ValueStatus
from schools.rules.terms import Period


class NothingToDraw(ValueError):
    """A chart needs at least one year or period."""


@dataclass(frozen=True, kw_only=True)
class YearPoint:
    """A school's place among comparable schools in one school year, or why there is none."""

    school_year: int  # The calendar year it ends in.
    percentile: float | None  # 0 to 100; 100 is highest.
    low: float | None = None  # The likely range, where it is known.
    high: float | None = None
    measure: str = ""  # "Progress 8"
    result: str = ""  # The measure's own figure as printed: "−0.12".
    status: ValueStatus = ValueStatus.VALUE
    note: str = ""  # "provisional", "estimated spread"


@dataclass(frozen=True, kw_only=True)
class ReferenceLine:
    """One of Carter's four lines: the national percentile it stood at in each school year."""

    label: str  # "Floor"
    levels: Mapping[int, float]  # By school year; a year that is not there is a gap in the line.
    provenance: str  # "official to 2017–18, carried forward since"


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """One school's points and the lines to draw them over, lowest line first."""

    school: str
    points: tuple[YearPoint, ...]
    lines: tuple[ReferenceLine, ...]
    expected: YearPoint | None = None  # A result still to come, with the range it is likely to fall in.
    key: str = ""  # How to read the bars at the points.


@dataclass(frozen=True, kw_only=True)
class PeriodPoint:
    """One indicator's figure in one period, with what it is held against; all in the indicator's unit."""

    period: Period
    value: Decimal | None
    status: ValueStatus = ValueStatus.VALUE
    target: Decimal | None = None
    upper_target: Decimal | None = None
    national: Decimal | None = None
    similar: Decimal | None = None  # The median of similar schools in the same year.
    note: str = ""  # "of 412 pupils", "provisional"


@dataclass(frozen=True, kw_only=True)
class History:
    """One indicator's history at one school."""

    title: str
    unit: Unit
    decimals: int
    direction: Direction
    points: tuple[PeriodPoint, ...]
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The numbers of a chart in rows of text; each row has as many cells as the head."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in its four forms, which all say the same."""

    title: str
    sentence: str
    table: Table
    figure: dict[str, Any]  # For plotly: ``data`` and ``layout``, plain values that JSON can hold.
    key: str = ""  # How to read the marks, where they are not all alike.
    svg: str  # For pages without JavaScript, print and PDF.

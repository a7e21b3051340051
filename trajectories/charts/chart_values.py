"""The values that the charts of trajectories are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass

from published.dfe.value_statuses import ValueStatus


@dataclass(frozen=True, kw_only=True)
class YearPoint:
    """A school's place among comparable schools in one school year, or the reason why it has none."""

    school_year: int  # The calendar year in which it ends.
    percentile: float | None  # 0 to 100; 100 is highest.
    low: float | None = None  # The likely range, if it is known.
    high: float | None = None
    measure: str = ""  # "Progress 8"
    result: str = ""  # The measure's own figure as printed: "−0.12".
    status: ValueStatus = ValueStatus.VALUE
    note: str = ""  # "provisional", "estimated spread"


@dataclass(frozen=True, kw_only=True)
class ReferenceLine:
    """One of Carter's four lines: its national percentile in each school year."""

    label: str  # "Floor"
    levels: Mapping[int, float]  # By school year. A missing year is a gap in the line.
    provenance: str  # "official to 2017–18, carried forward since"


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """One school's points and the lines behind them, lowest line first."""

    school: str
    points: tuple[YearPoint, ...]
    lines: tuple[ReferenceLine, ...]
    expected: YearPoint | None = None  # A result still to come, with its likely range.
    foreseen: tuple[YearPoint, ...] = ()  # What had been expected of results that are known: the same measure and year.
    key: str = ""  # Tells the reader what the bars at the points mean.

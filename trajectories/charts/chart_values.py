"""What the charts of trajectories are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass

from published.dfe.value_statuses import ValueStatus


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

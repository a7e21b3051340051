"""Print the measurements as a table, and store them as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One measurement. ``goal`` is its upper limit in the same unit, which is reported but not enforced."""

    what: str
    value: float
    unit: str  # ms, s, MB, times
    goal: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return f"goal {_number(self.goal, self.unit)}: {'met' if self.value <= self.goal else 'MISSED'}"


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    lines: Sequence[Measurement]
    remarks: Sequence[str] = ()  # How it was measured, and its limits.


def typical(values: Sequence[float]) -> float:
    return median(values)


def slowest(values: Sequence[float]) -> float:
    """Return the 95th percentile: one request in twenty takes at least this long."""
    return quantiles(values, n=20, method="inclusive")[-1]


def as_text(section: Section) -> str:
    """Return the section as a plain table, aligned for a terminal."""
    rows = [(line.what, _number(line.value, line.unit), line.note, line.verdict) for line in section.lines]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        f"  {what:<{widths[0]}}  {value:>{widths[1]}}  {note:<{widths[2]}}  {verdict}".rstrip()
        for what, value, note, verdict in rows
    ]
    return "\n".join([section.title, *lines, *(f"  ({remark})" for remark in section.remarks), ""])


def write(path: Path, sections: Iterable[Section], *, at: datetime, about: dict[str, object]) -> None:
    """Store the results as JSON: ``at`` in ISO format, ``about`` for the run, and every section with its lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"at": at.isoformat(), **about, "sections": [asdict(section) for section in sections]}
    path.write_text(json.dumps(whole, indent=2) + "\n")


def _number(value: float, unit: str) -> str:
    places = {"times": 2, "s": 1, "ms": 1}.get(unit, 0)
    return f"{value:,.{places}f} {unit}"

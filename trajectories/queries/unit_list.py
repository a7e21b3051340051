"""A school's units as a list: filtered, sorted, and as a file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from schools.models import School
from tables.lists import in_order
from trajectories.models import Unit
from trajectories.queries.units import UnitRow

PHASES = ["", "stabilise", "repair", "improve", "sustain"]


@dataclass(frozen=True, kw_only=True)
class UnitFilter:
    """Which units to list: a kind, a phase (``none``: those without one), and the order."""

    kind: str = ""
    phase: str = ""
    sort: str = "kind"

    @property
    def query(self) -> dict[str, str]:
        return {"kind": self.kind, "phase": self.phase}


UNIT_SORTS: dict[str, tuple[str, Callable[[UnitRow], Any]]] = {
    "kind": ("Kind", lambda row: Unit.Kind.values.index(row.unit.kind)),
    "name": ("Unit", lambda row: row.unit.name.casefold()),
    "phase": ("Now", lambda row: PHASES.index(row.phase)),
    "since": ("Since", lambda row: row.since or date.min),
}


def filtered_units(rows: Iterable[UnitRow], chosen: UnitFilter) -> list[UnitRow]:
    """Keep the units wanted and sort them."""
    kept = [row for row in rows if chosen.kind in ("", row.unit.kind) and chosen.phase in ("", row.phase or "none")]
    return in_order(kept, UNIT_SORTS, chosen.sort)


def unit_table(school: School, rows: Iterable[UnitRow]) -> list[list[object]]:
    """Return units as a table with column headings, for a file."""
    rows = list(rows)
    earlier = [cell.when for cell in rows[0].cells] if rows else []
    table: list[list[object]] = [["School", "URN", "Unit", "Kind", "Area", "Phase", "Since", "Reason", *earlier]]
    for row in rows:
        area = row.area.name if row.area else ""
        was = [cell.phase.capitalize() for cell in row.cells]
        unit = [school.name, school.pk, row.unit.name, row.unit.get_kind_display(), area]
        table.append([*unit, row.phase.capitalize(), row.since, row.reason, *was])
    return table


def units_in_words(rows: Iterable[UnitRow]) -> str:
    """Return how many units are in each phase, the furthest phase first.

    >>> units_in_words([])
    'No units.'
    """
    phases = [row.phase for row in rows]
    if not phases:
        return "No units."
    counts = [
        f"{phases.count(phase)} in {phase.capitalize()}" for phase in reversed(PHASES) if phase and phase in phases
    ]
    without = phases.count("")
    counts += [f"{without} without a phase yet"] if without else []
    return f"{len(phases)} unit{'' if len(phases) == 1 else 's'}: {', '.join(counts)}."

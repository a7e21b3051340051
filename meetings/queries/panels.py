"""Read the list of Panels and the notes for a Panel."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from meetings.models import Panel, PanelNote
from schools.rules.terms import school_year_label
from tables.lists import in_order

REPORT_STATES = [("published", "Published"), ("not_published", "Not published yet")]  # The states of a Panel's report.
PANEL_HEADINGS = ["Panel", "Date", "School year", "Half-term", "Report", "Published"]


@dataclass(frozen=True, kw_only=True)
class PanelRow:
    """One Panel in the list."""

    panel: Panel
    published_at: datetime | None

    @property
    def state(self) -> str:
        return "published" if self.published_at else "not_published"


@dataclass(frozen=True, kw_only=True)
class PanelFilter:
    """The filters and the order of the list of Panels. ``year`` is the school year as text."""

    year: str = ""
    state: str = ""
    sort: str = "-date"

    @property
    def query(self) -> dict[str, str]:
        return {"year": self.year, "state": self.state}


PANEL_SORTS: dict[str, tuple[str, Callable[[PanelRow], Any]]] = {
    "panel": ("Panel", lambda row: row.panel.title.casefold()),
    "date": ("Date", lambda row: row.panel.held_date),
    "report": ("Report", lambda row: (row.published_at is not None, row.published_at)),
}


@dataclass(frozen=True, kw_only=True)
class NoteVersion:
    """A note's text, and the version that a save must give, so that it overwrites only what its writer saw."""

    text: str
    version: int


def panel_rows() -> list[PanelRow]:
    """Return the Panels of the trust in scope, newest first, in one query."""
    newest_first = Panel.objects.annotate(published_at=F("report__published_at")).order_by("-held_date", "-pk")
    return [PanelRow(panel=panel, published_at=panel.published_at) for panel in newest_first]


def filtered_panels(rows: Iterable[PanelRow], chosen: PanelFilter) -> list[PanelRow]:
    """Filter and sort the Panels."""
    kept = [row for row in rows if chosen.year in ("", str(row.panel.school_year)) and chosen.state in ("", row.state)]
    return in_order(kept, PANEL_SORTS, chosen.sort)


def school_years_of(rows: Collection[PanelRow]) -> list[tuple[str, str]]:
    """Return the school years that have Panels, newest first, as value and label."""
    years = sorted({row.panel.school_year for row in rows}, reverse=True)
    return [(str(year), school_year_label(year)) for year in years]


def panels_table(rows: Iterable[PanelRow]) -> list[list[object]]:
    """Return the Panels as a table with column headings, for a file."""
    return [list(PANEL_HEADINGS), *(_cells(row) for row in rows)]


def _cells(row: PanelRow) -> list[object]:
    panel, published = row.panel, row.published_at
    return [
        panel.title,
        panel.held_date.isoformat(),
        school_year_label(panel.school_year),
        panel.half_term,
        dict(REPORT_STATES)[row.state],
        timezone.localtime(published).strftime("%Y-%m-%d %H:%M") if published else None,
    ]


def note_versions(panel: Panel) -> dict[int, NoteVersion]:
    """Return the notes of a Panel by the school's URN."""
    notes = PanelNote.objects.filter(panel=panel).order_by("pk")
    return {note.school_id: NoteVersion(text=note.text, version=note.version) for note in notes}

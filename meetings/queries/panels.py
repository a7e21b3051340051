"""The Panel's meetings and the notes written for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from meetings.models import Panel, PanelNote


@dataclass(frozen=True, kw_only=True)
class PanelRow:
    """One Panel in the list of them."""

    panel: Panel
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NoteVersion:
    """A note's text, and the number that a save must name so that it overwrites nothing it has not seen."""

    text: str
    version: int


def panel_rows() -> list[PanelRow]:
    """Return the Panels of the trust in scope, newest first, in one query."""
    newest_first = Panel.objects.annotate(published_at=F("report__published_at")).order_by("-held_date", "-pk")
    return [PanelRow(panel=panel, published_at=panel.published_at) for panel in newest_first]


def note_versions(panel: Panel) -> dict[int, NoteVersion]:
    """Return the notes of a Panel by the school's URN."""
    notes = PanelNote.objects.filter(panel=panel).order_by("pk")
    return {note.school_id: NoteVersion(text=note.text, version=note.version) for note in notes}

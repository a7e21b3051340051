"""Read the Panels and the draft of a report."""

from meetings.queries.draft import draft_report
from meetings.queries.panels import (
    SORTS,
    STATES,
    NoteVersion,
    PanelRow,
    PanelsWanted,
    chosen_panels,
    note_versions,
    panel_rows,
    panels_table,
    years_of,
)

__all__ = [
    "SORTS",
    "STATES",
    "NoteVersion",
    "PanelRow",
    "PanelsWanted",
    "chosen_panels",
    "draft_report",
    "note_versions",
    "panel_rows",
    "panels_table",
    "years_of",
]

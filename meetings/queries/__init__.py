"""Read the Panels and the draft of a report."""

from meetings.queries.panels import (
    SORTS,
    STATES,
    NoteVersion,
    PanelFilter,
    PanelRow,
    chosen_panels,
    note_versions,
    panel_rows,
    panels_table,
    years_of,
)
from meetings.queries.report_draft import draft_report

__all__ = [
    "SORTS",
    "STATES",
    "NoteVersion",
    "PanelFilter",
    "PanelRow",
    "chosen_panels",
    "draft_report",
    "note_versions",
    "panel_rows",
    "panels_table",
    "years_of",
]

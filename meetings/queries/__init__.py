"""Read the Panels and the draft of a report."""

from meetings.queries.panels import (
    PANEL_SORTS,
    REPORT_STATES,
    NoteVersion,
    PanelFilter,
    PanelRow,
    filtered_panels,
    note_versions,
    panel_rows,
    panels_table,
    school_years_of,
)
from meetings.queries.report_draft import draft_report

__all__ = [
    "PANEL_SORTS",
    "REPORT_STATES",
    "NoteVersion",
    "PanelFilter",
    "PanelRow",
    "draft_report",
    "filtered_panels",
    "note_versions",
    "panel_rows",
    "panels_table",
    "school_years_of",
]

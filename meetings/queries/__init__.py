"""What the pages of the Panel show: its meetings, and the draft of its report from accepted data."""

from meetings.queries.draft import draft_report
from meetings.queries.panels import NoteVersion, PanelRow, note_versions, panel_rows

__all__ = ["NoteVersion", "PanelRow", "draft_report", "note_versions", "panel_rows"]

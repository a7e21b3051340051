"""Build the Panel report: one document that is shown as a page, typeset as a PDF and stored as JSON."""

from meetings.report.document import (
    FORMAT,
    RATINGS,
    AreaLines,
    Chart,
    Line,
    Note,
    Report,
    SchoolPage,
    Standing,
    UnknownFormat,
    day,
    from_json,
    london,
    moment,
    to_json,
)
from meetings.report.typeset import pdf

__all__ = [
    "FORMAT",
    "RATINGS",
    "AreaLines",
    "Chart",
    "Line",
    "Note",
    "Report",
    "SchoolPage",
    "Standing",
    "UnknownFormat",
    "day",
    "from_json",
    "london",
    "moment",
    "pdf",
    "to_json",
]

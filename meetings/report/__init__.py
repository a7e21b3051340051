"""The Panel report: one document, shown as a page, typeset as PDF, stored as JSON when it is published."""

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

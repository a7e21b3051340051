"""Build the Panel report: one document that is shown as a page, typeset as a PDF and stored as JSON."""

from meetings.report.document import (
    DOCUMENT_FORMAT,
    RATINGS,
    ReportArea,
    ReportChart,
    ReportDocument,
    ReportLine,
    ReportNote,
    ReportSchoolPage,
    SchoolJudgement,
    UnknownReportFormat,
    from_json,
    london_time,
    moment_in_words,
    to_json,
)
from meetings.report.typeset import report_pdf

__all__ = [
    "DOCUMENT_FORMAT",
    "RATINGS",
    "ReportArea",
    "ReportChart",
    "ReportDocument",
    "ReportLine",
    "ReportNote",
    "ReportSchoolPage",
    "SchoolJudgement",
    "UnknownReportFormat",
    "from_json",
    "london_time",
    "moment_in_words",
    "report_pdf",
    "to_json",
]

"""Typeset the Panel report as a PDF: A4, tagged for screen readers (PDF/UA-1), with bookmarks."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst

from meetings.report.document import RATINGS, ReportDocument, to_json

HERE = Path(__file__).parent
TEMPLATE = HERE / "panel_report.typ"
# Built by `make assets`. Without them the report uses typst's own serif.
FONTS = HERE.parents[1] / "static" / "dist" / "fonts"


def report_pdf(report: ReportDocument) -> bytes:
    """Return the report as a PDF, marked on every page if it is a draft. The same report always gives the same bytes.

    Typed text reaches the template as data, never as source, so it cannot act as markup.
    """
    made = typst.compile(
        TEMPLATE,
        root=HERE,
        format="pdf",
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_for_template(report))},
        pdf_standards=["ua-1"],
        timestamp=int(report.as_at.timestamp()),
    )
    return bytes(made)


@cache
def fonts() -> typst.Fonts:
    """Return the report's fonts: ours if they are built, and typst's own."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS] if FONTS.is_dir() else [])


def _for_template(report: ReportDocument) -> dict[str, Any]:
    plain = to_json(report)
    for page, school in zip(plain["schools"], report.schools, strict=True):
        page["counts"], page["has_figures"] = school.counts, school.has_figures
        page["note"] = school.note and {"text": school.note.text, "written": school.note.written}
    return plain | {
        "counts": report.counts,
        "ratings": RATINGS,
        "draft": report.is_draft,
        "held": report.held,
        "figures_as_at": report.figures_as_at,
    }

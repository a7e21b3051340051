"""The Panel report as a PDF: A4, tagged for screen readers (PDF/UA-1), with bookmarks."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst

from meetings.report.document import RATINGS, Report, to_json

HERE = Path(__file__).parent
TEMPLATE = HERE / "panel_report.typ"
# Built by the assets step. Without them typst's own serif is used: the report still prints.
FONTS = HERE.parents[1] / "static" / "dist" / "fonts"


def pdf(report: Report) -> bytes:
    """Return the report as a PDF; a draft says so on every page. The same report always gives the same bytes.

    What people typed reaches the template as data, never as its source, so it cannot act as markup.
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
    """Return the fonts of the report: ours where they are built, and typst's own."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS] if FONTS.is_dir() else [])


def _for_template(report: Report) -> dict[str, Any]:
    plain = to_json(report)
    for each, school in zip(plain["schools"], report.schools, strict=True):
        each["counts"], each["has_figures"] = school.counts, school.has_figures
        each["note"] = school.note and {"text": school.note.text, "written": school.note.written}
    return plain | {
        "counts": report.counts,
        "ratings": RATINGS,
        "draft": report.is_draft,
        "held": report.held,
        "figures_as_at": report.figures_as_at,
    }

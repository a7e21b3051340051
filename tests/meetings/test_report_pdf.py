"""Test the PDF by reading it back as a reader's program does."""

import io

import pytest
from pypdf import PdfReader

from meetings.report import ReportArea, ReportChart, ReportDocument, ReportNote, SchoolJudgement, report_pdf
from tests.meetings.example_trust import AT, HOSTILE, line, lines, report, school_page

HEADS = "Rating Indicator Figure Target National"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 5h20" stroke="#52276a"/></svg>'


def read(document: ReportDocument) -> PdfReader:
    return PdfReader(io.BytesIO(report_pdf(document)))


def words(reader: PdfReader) -> list[str]:
    """Return each page's text with single spaces."""
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def tags(reader: PdfReader) -> list[str]:
    """Return the structure elements of the document in reading order."""
    found: list[str] = []

    def walk(node) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(str(node["/S"]).removeprefix("/"))
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


def bookmarks(reader: PdfReader) -> list[str]:
    def flat(outline) -> list[str]:
        return [title for entry in outline for title in (flat(entry) if isinstance(entry, list) else [entry.title])]

    return flat(reader.outline)


def test_pdf_is_tagged_for_assistive_technology():
    reader = read(report())
    root = reader.trailer["/Root"]

    assert reader.metadata.title == "Trust Executive Panel, autumn 2, Invented Harbour Trust"
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf's own object, not Python's True.
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data().decode()


def test_pdf_has_headings_bookmarks_and_tables_with_column_headings():
    reader = read(report())
    found = tags(reader)

    assert {"Title", "H1", "H2", "P", "THead", "TH", "TD", "Link"} <= set(found)
    assert found.count("Table") == 3  # All schools, lines off target, and the lines of the only school with figures.
    assert bookmarks(reader) == ["Every school", "Off target", "Invented Quay School", "Invented Mill School"]


def test_every_page_has_the_trust_the_period_and_a_page_number():
    pages = words(read(report()))

    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert "Invented Harbour Trust" in page
        assert "2025–26, half-term 2 · Figures as at 18 November 2025, 09:30" in page
        assert f"Page {number} of 3" in page
        assert "Demonstration. Every school and person here is invented." in page


def test_school_page_has_every_text_of_the_document():
    _, quay, mill = words(read(report()))

    for text in (
        "Repair", "Held back by staffing.", "Steady improvers", "It rises 4 points a year.", "Capacity giver",
        "Attendance is the line to watch.", "Invented Director, 18 November 2025, 09:30", HEADS, "Off target",
        "Invented indicator 2 Autumn 2025", "23.4% of 1,203", "18.0%", "20.3%", "20.0% or less is close.",
        "1.2 percentage points worse than autumn 2024.", "accepted by Invented Director on 3 November 2025.",
    ):  # fmt: skip
        assert text in quay
    assert "No figures have been accepted for this school yet." in mill
    assert "Invented indicator" not in mill


def test_school_without_figures_has_a_sentence_instead_of_counts():
    empty = school_page(areas=())

    assert "No accepted figures" in words(read(report(empty)))[0]
    assert "No accepted figures" not in words(read(report(school_page())))[0]


def test_summary_lists_every_school_and_its_lines_off_target():
    summary = words(read(report()))[0]

    for text in (
        "Invented Quay School",
        "Invented Mill School",
        "Steady improvers",
        "Off target",
        "Invented indicator 1",
    ):
        assert text in summary


def test_usual_return_fits_one_page_and_a_long_one_repeats_column_headings():
    usual = school_page(areas=tuple(ReportArea(label=f"Area {place}", lines=lines(3)) for place in range(8)))
    long = school_page(urn=991002, areas=(ReportArea(label="Area", lines=lines(60)),))

    pages = words(read(report(usual, long)))
    schools = [page for page in pages if HEADS in page]

    assert "Area 0" in schools[0]
    assert "Area 7" in schools[0]
    assert "Invented indicator 59" in schools[-1]
    assert len(schools) == 3  # One page for the usual school, two for the long return, each with column headings.


def test_explanation_is_printed_as_it_was_typed():
    texts = (("Why", "A bug in <two> classes"), ("What happens next", HOSTILE))
    explained = school_page(areas=(ReportArea(label="Area", lines=(line(said=texts),)),))

    page = words(read(report(explained)))[1]

    assert f"Why: A bug in <two> classes What happens next: {HOSTILE}" in page


def test_every_page_of_a_draft_is_marked_as_a_draft():
    draft, published = words(read(report(published_by=""))), words(read(report()))

    assert all("Draft: not published" in page for page in draft)
    assert read(report(published_by="")).metadata.title.startswith("Draft: ")
    assert not any("raft" in page for page in published)
    assert "Published by Invented Director" in published[0]


def test_real_trust_is_not_called_a_demonstration():
    assert not any("Demonstration" in page for page in words(read(report(is_fictional=False))))


def test_typed_text_cannot_act_as_markup():
    hostile = school_page(
        name=HOSTILE,
        note=ReportNote(text=HOSTILE, written_by=HOSTILE, written_at=AT),
        phase=SchoolJudgement(code=HOSTILE, label=HOSTILE, reason=HOSTILE, details=(HOSTILE,)),
        areas=(ReportArea(label=HOSTILE, lines=(line(title=HOSTILE, reason=HOSTILE, value=HOSTILE),)),),
        provenance=(HOSTILE,),
    )

    reader = read(report(hostile, trust=HOSTILE, title=HOSTILE))
    text = " ".join(words(reader)).replace(" ", "")

    assert HOSTILE in reader.metadata.title
    assert text.count(HOSTILE.replace(" ", "")) >= 12
    assert "root:" not in text


def test_chart_is_a_figure_with_a_description():
    chart = ReportChart(sentence="It rose from 24 to 53.", svg=SVG, columns=("Year",), rows=(("2019",),))

    reader = read(report(school_page(chart=chart)))

    assert "Figure" in tags(reader)
    assert "It rose from 24 to 53." in words(reader)[1]


def test_picture_is_left_out_before_its_sentence():
    chart = ReportChart(sentence="It rose from 24 to 53.", svg=SVG, columns=("Year",), rows=(("2019",),))
    full = school_page(chart=chart, areas=(ReportArea(label="Area", lines=lines(26)),))

    reader = read(report(full))

    assert "Figure" not in tags(reader)
    assert sum("It rose from 24 to 53." in page for page in words(reader)) == 1


def test_same_report_gives_the_same_bytes():
    assert report_pdf(report()) == report_pdf(report())
    assert report_pdf(report()) != report_pdf(report(title="Another"))


@pytest.mark.parametrize("code", ["", "none", "A", "Z"])
def test_every_standing_can_be_printed(code):
    standing = SchoolJudgement(code=code, label="In words", reason="Because.")

    page = words(read(report(school_page(phase=standing, trajectory=standing, capacity=standing))))[1]

    assert page.count("In words") == 3

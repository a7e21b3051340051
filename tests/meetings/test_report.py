import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.report import (
    ReportArea,
    ReportChart,
    ReportNote,
    UnknownReportFormat,
    from_json,
    moment_in_words,
    to_json,
)
from tests.meetings.example_trust import AT, lines, report, school_page

CHART = ReportChart(sentence="It rose.", svg="<svg/>", columns=("Year", "Percentile"), rows=(("2018–19", "53"),))


@pytest.mark.parametrize("school", [school_page(), school_page(note=None, areas=()), school_page(chart=CHART)])
def test_report_is_the_same_after_storing_and_reading(school):
    before = report(school, published_by="")

    stored = json.loads(json.dumps(to_json(before)))

    assert from_json(stored) == before
    assert to_json(from_json(stored)) == stored


@given(st.text())
def test_note_keeps_every_character(text):
    before = report(school_page(note=ReportNote(text=text, written_by=text, written_at=AT)))

    assert from_json(json.loads(json.dumps(to_json(before)))) == before


@pytest.mark.parametrize("other", [{}, {"format": 2}, {"format": "1"}])
def test_report_in_another_format_is_refused(other):
    content = {key: value for key, value in to_json(report()).items() if key != "format"}

    with pytest.raises(UnknownReportFormat):
        from_json(content | other)


def test_school_page_counts_ratings_and_lists_lines_off_target():
    areas = (
        ReportArea(label="Finance", lines=lines(2, rating="on_target")),
        ReportArea(label="Wellbeing", lines=lines(1, rating="off_target") + lines(1, rating="no_value")),
    )
    page = school_page(areas=areas)

    assert page.counts == {"on_target": 2, "close": 0, "off_target": 1, "no_target": 0, "no_value": 1, "hidden": 0}
    assert [line.title for line in page.exceptions] == ["Invented indicator 0"]
    assert report(page, page).counts["on_target"] == 4


def test_page_with_only_empty_lines_has_no_figures():
    empty = school_page(areas=(ReportArea(label="Finance", lines=lines(2, rating="no_value")),))

    assert not report(empty).has_figures
    assert report(empty, school_page()).has_figures


def test_times_are_in_english_time():
    assert moment_in_words(datetime(2025, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2025, 00:30"
    assert moment_in_words(datetime(2025, 12, 1, 23, 30, tzinfo=UTC)) == "1 December 2025, 23:30"

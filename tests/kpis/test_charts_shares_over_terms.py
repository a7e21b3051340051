"""Shares over terms: sentence, table and pictures say the same, and where nothing counts there is a gap."""

from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest

from kpis.charts.chart_values import NothingToDraw
from kpis.charts.shares_over_terms import ShareLine, SharesOverTerms, shares_chart
from schools.rules.terms import Period, TermOfYear

SVG = "{http://www.w3.org/2000/svg}"
TERMS = (
    Period(2025, TermOfYear.SUMMER),
    Period(2026, TermOfYear.AUTUMN),
    Period(2026, TermOfYear.SPRING),
    Period(2026, TermOfYear.SUMMER),
)


def chart(on_time, complete, periods=TERMS):
    lines = (ShareLine(name="On time", counts=tuple(on_time)), ShareLine(name="Complete", counts=tuple(complete)))
    about = SharesOverTerms(
        title="Returns on time and complete", counted="returns", periods=tuple(periods), lines=lines
    )
    return shares_chart(about, element_id="shares")


def test_the_sentence_compares_the_newest_term_with_the_one_before():
    drawn = chart([(8, 10), (0, 0), (9, 12), (5, 8)], [(7, 10), (0, 0), (12, 12), (6, 8)])

    assert drawn.sentence == (
        "Returns on time and complete: in summer 2026 5 of 8 returns on time and 6 of 8 returns complete, "
        "after 75% on time and 100% complete in spring 2026."
    )
    assert drawn.table.rows[0] == ("summer 2025", "8 of 10 (80%)", "7 of 10 (70%)")
    assert drawn.table.rows[1] == ("autumn 2025", "Nothing to count", "Nothing to count")


def test_a_term_in_which_nothing_counts_is_a_gap_in_both_pictures():
    drawn = chart([(8, 10), (0, 0), (9, 12), (5, 8)], [(7, 10), (0, 0), (12, 12), (6, 8)])

    figure = go.Figure(drawn.figure)
    assert list(figure.data[0].y) == [80, None, 75, 62.5]
    assert figure.data[0].connectgaps is False
    root = ElementTree.fromstring(drawn.svg)
    lines = [line for line in root.iter(f"{SVG}polyline") if line.get("class") == "sl-chart__series"]
    assert [len(line.get("points").split()) for line in lines] == [1, 2, 1, 2]
    assert len(list(root.iter(f"{SVG}circle"))) == 6


def test_two_lines_that_end_together_are_both_named_inside_the_chart():
    figure = go.Figure(chart([(8, 8)], [(8, 8)], TERMS[:1]).figure)

    places = [annotation.y for annotation in figure.layout.annotations]
    assert len({round(place) for place in places}) == 2
    assert max(places) <= 100


def test_before_anything_is_due_it_says_so():
    assert chart([(0, 0)], [(0, 0)], TERMS[:1]).sentence.endswith("there is nothing to count in summer 2025 yet.")


def test_without_a_term_there_is_no_chart():
    with pytest.raises(NothingToDraw):
        chart([], [], [])

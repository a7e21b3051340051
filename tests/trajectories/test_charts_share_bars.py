"""Shares as bars: what is drawn is as wide as what is written."""

from xml.etree import ElementTree

import pytest

from trajectories.charts.share_bars import share_bars, stacked_shares

SVG = "{http://www.w3.org/2000/svg}"


def widths(drawing, name):
    root = ElementTree.fromstring(drawing)
    return [float(rect.get("width")) for rect in root.iter(f"{SVG}rect") if rect.get("class") == f"sl-chart__{name}"]


def texts(drawing):
    return [text.text for text in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_a_bar_is_as_wide_as_its_share():
    drawing = share_bars("x", title="Shares", description="Of all", rows=[("A & B", 40.0), ("C", 10.0), ("D", 0.0)])

    wide, narrow, nothing = widths(drawing, "bar")
    assert (wide / narrow, nothing) == (pytest.approx(4, abs=0.01), 0)
    assert texts(drawing) == ["Shares", "A & B", "40.0%", "C", "10.0%", "D", "0.0%"]


def test_the_parts_of_a_row_fill_it_and_a_narrow_one_is_not_written():
    drawing = stacked_shares(
        "x",
        title="Shares",
        description="Of all",
        names=["Low", "High"],
        rows=[("Here", [95.0, 5.0]), ("There", [50, 50])],
    )

    parts = widths(drawing, "part")[2:]  # After the two of the key.
    assert sum(parts[:2]) == pytest.approx(sum(parts[2:]), abs=0.2)
    assert parts[0] / parts[1] == pytest.approx(19, rel=0.02)
    assert texts(drawing) == ["Shares", "Low", "High", "Here", "95%", "There", "50%", "50%"]


def test_no_rows_draw_nothing_but_the_title():
    assert texts(share_bars("x", title="Shares", description="Of all", rows=[])) == ["Shares"]

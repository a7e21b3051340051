from xml.etree import ElementTree

import pytest

from kpis.charts import NothingToDraw
from trajectories.charts.expected_results import ExpectedResult, expected_chart

SVG = "{http://www.w3.org/2000/svg}"
LINES = (("Floor", 13.9), ("Coasting", 29.3), ("National average", 49.0), ("Top 15%", 85.0))


def expected(**more) -> ExpectedResult:
    usual = {
        "measure": "Attainment 8", "year": "2026–27", "low": 17.0, "middle": 31.0, "high": 48.0, "result": "43.2",
        "interval": "39.1 to 47.4", "latest": 38.0, "latest_result": "45.0 in 2025–26", "lines": LINES,
    }  # fmt: skip
    return ExpectedResult(**usual | more)


def test_the_four_forms_say_the_same():
    chart = expected_chart("Oak & Elm School", [expected()], element_id="oak")

    assert chart.sentence == (
        "The expected results of Oak & Elm School: Attainment 8 of 43.2 in 2026–27, at the 31st national percentile "
        "(likely 39.1 to 47.4)."
    )
    assert chart.table.rows[0][:5] == (
        "Attainment 8, 2026–27", "43.2", "39.1 to 47.4", "31 (17 to 48)", "45.0 in 2025–26",
    )  # fmt: skip
    root = ElementTree.fromstring(chart.svg)
    assert root.find(f"{SVG}desc").text == chart.sentence
    assert {"Floor", "Top 15%", "National percentile"} <= {text.text for text in root.iter(f"{SVG}text")}


def test_bars_run_from_the_low_to_the_high_end():
    root = ElementTree.fromstring(expected_chart("Oak", [expected()], element_id="oak").svg)
    (bar,) = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "sl-chart__range"]
    middle, latest = (float(circle.get("cx")) for circle in reversed(list(root.iter(f"{SVG}circle"))))

    assert float(bar.get("x")) < middle < float(bar.get("x")) + float(bar.get("width"))
    assert latest > middle


def test_a_result_that_is_not_held_is_not_drawn():
    chart = expected_chart("Oak", [expected(latest=None, latest_result="")], element_id="oak")

    assert len(list(ElementTree.fromstring(chart.svg).iter(f"{SVG}circle"))) == 1
    assert chart.table.rows[0][4] == "No result"


def test_each_measure_makes_the_picture_a_row_higher():
    one, two = (expected_chart("Oak", [expected()] * count, element_id="oak").svg for count in (1, 2))

    heights = [float(ElementTree.fromstring(drawing).get("height")) for drawing in (one, two)]
    assert heights[1] - heights[0] == 58


def test_nothing_expected_is_nothing_to_draw():
    with pytest.raises(NothingToDraw):
        expected_chart("Oak", [], element_id="oak")

"""Small charts of many schools: valid, on one scale, and never a line through a year without a figure."""

from xml.etree import ElementTree

import pytest

from kpis.charts import NothingToDraw
from trajectories.charts.chart_values import ReferenceLine, Trajectory, YearPoint
from trajectories.charts.small_multiples import small_multiples

SVG = "{http://www.w3.org/2000/svg}"
LINES = tuple(
    ReferenceLine(label=name, levels=dict.fromkeys(range(2016, 2027), level), provenance="derived")
    for name, level in [("Floor", 11.0), ("Coasting", 30.0), ("National average", 50.0), ("Top 15%", 85.0)]
)


def school(name: str, **percentiles: float | None) -> Trajectory:
    points = tuple(
        YearPoint(school_year=int(year[1:]), percentile=percentile) for year, percentile in percentiles.items()
    )
    return Trajectory(school=name, points=points, lines=LINES)


def drawn(*schools: Trajectory):
    chart = small_multiples(schools, element_id="map")
    return ElementTree.fromstring(chart.backdrop), [ElementTree.fromstring(panel) for panel in chart.panels]


def places(panel: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(circle.get("cx")), float(circle.get("cy"))) for circle in panel.iter(f"{SVG}circle")]


def test_half_a_percentile_is_rounded_up_in_the_picture_and_in_words():
    chart = small_multiples([school("Oak", y2019=14.5)], element_id="map")

    assert [text.text for text in ElementTree.fromstring(chart.panels[0]).iter(f"{SVG}text")][-1] == "15"
    assert "2018–19 15" in chart.panels[0]


def test_panels_share_years_and_scale():
    _, [one, other] = drawn(school("Oak", y2018=50.0, y2019=60.0), school("Elm", y2019=60.0, y2022=60.0))

    assert places(one)[1] == places(other)[0]


def test_a_gap_is_not_joined_and_is_grey_where_no_school_has_a_figure():
    backdrop, [oak, elm] = drawn(
        school("Oak", y2019=50.0, y2020=None, y2021=None, y2022=55.0), school("Elm", y2021=40.0, y2022=41.0)
    )

    assert not list(oak.iter(f"{SVG}polyline"))
    assert len(list(elm.iter(f"{SVG}polyline"))) == 1
    grey = [rect for rect in backdrop.iter(f"{SVG}rect") if rect.get("fill") == "#e3e8ec"]
    assert len(grey) == 1  # 2020: in 2021 the Elm has a figure.


def test_a_panel_says_its_numbers_and_shows_the_backdrop():
    backdrop, [oak] = drawn(school("Oak", y2018=50.4, y2019=None))

    assert oak.find(f"{SVG}title").text == "Oak: national percentile by school year: 2017–18 50"
    assert oak.find(f"{SVG}use").get("href") == f"#{backdrop.find(f'{SVG}symbol').get('id')}"


def test_a_line_that_moves_is_drawn_where_it_was_in_each_year():
    moving = (ReferenceLine(label="Floor", levels={2018: 10.0, 2019: 40.0}, provenance="set by the trust"),)
    chart = small_multiples(
        [Trajectory(school="Oak", points=(YearPoint(school_year=2018, percentile=5.0),
                                          YearPoint(school_year=2019, percentile=6.0)), lines=moving)],
        element_id="map",
    )  # fmt: skip
    line = next(
        polyline
        for polyline in ElementTree.fromstring(chart.backdrop).iter(f"{SVG}polyline")
        if polyline.get("stroke-width") == "0.8"
    )

    heights = [float(pair.split(",")[1]) for pair in line.get("points").split()]
    assert heights[0] == heights[1] > heights[2] == heights[3]


def test_nothing_to_draw_is_said():
    with pytest.raises(NothingToDraw):
        small_multiples([Trajectory(school="Oak", points=(), lines=LINES)], element_id="map")

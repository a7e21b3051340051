"""A chart's four forms say the same, fit plotly's schema, and never draw a figure that does not exist."""

import json
import subprocess
import sys
from decimal import Decimal as D
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import Direction, FigureUnit
from kpis.charts import PALETTE, IndicatorHistory, MixedPeriods, NothingToDraw, Palette, PeriodPoint, history_chart
from kpis.rules.figures_in_words import ordinal
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period, TermOfYear
from trajectories.charts.chart_values import ReferenceLine, Trajectory, YearPoint
from trajectories.charts.trajectory import position_in_words, trajectory_chart

YEARS = range(2016, 2027)
LINES = tuple(
    ReferenceLine(label=name, levels=dict.fromkeys(YEARS, level), provenance=provenance)
    for name, level, provenance in [
        ("Floor", 11.0, "official to 2017–18"),
        ("Coasting", 14.0, "official to 2017–18"),
        ("National average", 50.0, "derived"),
        ("Top 15%", 85.0, "derived"),
    ]
)
SVG = "{http://www.w3.org/2000/svg}"


def year(school_year: int, percentile: float | None, **more) -> YearPoint:
    return YearPoint(school_year=school_year, percentile=percentile, **more)


def trajectory(*points: YearPoint, lines=LINES):
    return trajectory_chart(Trajectory(school="Oak School", points=points, lines=lines), element_id="oak")


FIRST = Period(2024, TermOfYear.AUTUMN)


def history(*values, start=FIRST, unit=FigureUnit.PERCENT, **more):
    points, period = [], start
    for value in values:
        if value != "absent":
            value = D(str(value)) if value is not None else None
            points.append(PeriodPoint(period=period, value=value, **more))
        period = period.next()
    way = {"title": "Overall absence", "unit": unit, "decimals": 1, "direction": Direction.LOWER}
    return history_chart(IndicatorHistory(points=tuple(points), **way), element_id="abs")


GAPPED = (
    year(2018, 44.0, low=36.0, high=52.0, measure="Progress 8", result="−0.05"),
    year(2019, 47.0, measure="Progress 8", result="−0.02"),
    year(2020, None, status=ValueStatus.NOT_PUBLISHED),
    year(2022, 58.0, measure="Progress 8", result="0.11", note="provisional"),
)


def test_trajectory_has_a_sentence_with_the_gaps():
    assert trajectory(*GAPPED).sentence == (
        "Oak School was at the 58th national percentile in 2021–22, between the national average and top 15% "
        "lines, up from the 44th in 2017–18. No figure for 2019–20 (not published) and 2020–21 (no figure)."
    )


def test_trajectory_table_has_every_year_and_no_invented_number():
    table = trajectory(*GAPPED).table

    assert [row[0] for row in table.rows] == ["2017–18", "2018–19", "2019–20", "2020–21", "2021–22"]
    assert table.rows[0][1:5] == (
        "Progress 8",
        "−0.05",
        "44 (likely 36 to 52)",
        "between the coasting and national average lines",
    )
    assert table.rows[2][1:5] == ("None", "Not published", "", "")
    assert table.rows[4][-1] == "provisional"
    assert all(len(row) == len(table.head) for row in table.rows)


def test_trajectory_joins_no_points_across_a_gap():
    chart = trajectory(*GAPPED)
    own = chart.figure["data"][-1]
    series = ElementTree.fromstring(chart.svg).findall(f"{SVG}polyline[@class='sl-chart__series']")

    assert own["y"] == [44.0, 47.0, None, None, 58.0]
    assert own["connectgaps"] is False
    assert [len(line.get("points", "").split()) for line in series] == [2]


def test_trajectory_marks_each_gap_with_its_reason():
    chart = trajectory(*GAPPED)

    assert [(shape["x0"], shape["x1"]) for shape in chart.figure["layout"]["shapes"]] == [
        (2019.5, 2020.5),
        (2020.5, 2021.5),
    ]
    texts = [note["text"] for note in chart.figure["layout"]["annotations"]]
    assert texts == ["Not published", "No figure", "Floor", "Coasting", "National average", "Top 15%"]
    assert all(text in chart.svg for text in texts)


def test_trajectory_rounds_half_a_percentile_up_in_the_sentence_and_the_table():
    chart = trajectory(year(2022, 14.5, low=12.5, high=16.5))

    assert "at the 15th national percentile" in chart.sentence
    assert chart.table.rows[0][3] == "15 (likely 13 to 17)"
    assert "15th percentile" in chart.figure["data"][-1]["hovertext"][0]


def test_trajectory_draws_the_likely_range_where_it_is_known():
    own = trajectory(*GAPPED).figure["data"][-1]

    assert own["error_y"]["array"] == [8.0, None, None, None, None]
    assert own["error_y"]["arrayminus"] == [8.0, None, None, None, None]
    assert "error_y" not in trajectory(year(2019, 50.0)).figure["data"][-1]


def test_trajectory_names_of_near_lines_do_not_overlap():
    notes = trajectory(*GAPPED).figure["layout"]["annotations"]
    levels = [note["y"] for note in notes if note.get("xref") == "paper"]

    assert levels == [11.0, 17.0, 50.0, 85.0]


def test_what_is_expected_is_hollow_joined_to_nothing_and_said():
    expected = YearPoint(school_year=2020, percentile=38.0, low=25.4, high=52.0, measure="Progress 8")
    points = (year(2018, 40.0), year(2019, 44.0))

    chart = trajectory_chart(Trajectory(school="Oak", points=points, lines=LINES, expected=expected), element_id="oak")

    assert chart.sentence.endswith("The 38th percentile is expected in 2019–20, likely between the 25th and the 52nd.")
    assert "No figure" not in chart.sentence
    assert chart.table.rows[-1][:5] == ("2019–20", "Progress 8", "Still to come", "38 (likely 25 to 52)", "Expected")
    own, hollow = chart.figure["data"][-2:]
    assert own["y"] == [40.0, 44.0, None]
    assert (hollow["x"], hollow["y"]) == ([2020], [38.0])
    go.Figure(chart.figure)
    circles = list(ElementTree.fromstring(chart.svg).iter(f"{SVG}circle"))
    assert [circle.get("fill") == PALETTE.paper for circle in circles] == [False, False, True]
    lines = [line for line in ElementTree.fromstring(chart.svg).iter(f"{SVG}polyline") if "series" in line.get("class")]
    assert [len(line.get("points").split()) for line in lines] == [2]


def test_trajectory_line_is_broken_where_it_is_not_known():
    line = ReferenceLine(label="Floor", levels={2018: 11.0, 2019: 12.0}, provenance="official")

    chart = trajectory(*GAPPED, lines=(line,))

    assert chart.figure["data"][1]["y"] == [11.0, 11.0, 12.0, None, None, None, None]
    # Bands are drawn only over the two years that have the line.
    bands = [polygon for polygon in ElementTree.fromstring(chart.svg).iter(f"{SVG}polygon")]
    rights = [max(float(pair.split(",")[0]) for pair in band.get("points").split()) for band in bands]
    gap = next(rectangle for rectangle in ElementTree.fromstring(chart.svg).iter(f"{SVG}rect"))
    assert len(bands) == 2
    assert max(rights) <= float(gap.get("x")) + 0.1
    assert "sl-chart__band" in trajectory(*GAPPED).svg


def test_trajectory_without_any_figure_still_says_so():
    chart = trajectory(year(2020, None, status=ValueStatus.NOT_PUBLISHED), year(2021, None))

    assert chart.sentence == "Oak School has no published figure for 2019–20 to 2020–21."
    go.Figure(chart.figure)


def test_trajectory_without_years_is_refused():
    with pytest.raises(NothingToDraw):
        trajectory()
    with pytest.raises(NothingToDraw):
        history()


@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (10.9, "below the floor line"),
        (11.0, "between the floor and coasting lines"),
        (50.0, "between the national average and top 15% lines"),
        (85.0, "above the top 15% line"),
    ],
)
def test_position_counts_the_line_as_above(percentile, words):
    assert position_in_words(percentile, 2019, LINES) == words


def test_position_without_lines_says_so():
    assert position_in_words(50.0, 1999, LINES) == "no reference lines for this year"


def test_ordinals():
    assert [ordinal(place) for place in (0.4, 1, 2, 3, 4, 11, 12, 13, 21, 99.6)] == (
        ["0th", "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "100th"]
    )


def test_history_compares_like_term_with_like():
    chart = history(5.8, 6.4, 6.1, 5.6, 6.0, 6.2, 5.1)

    assert chart.sentence == "Overall absence: 5.1% in autumn 2025. 0.5 percentage points better than autumn 2024."
    full = [colour == PALETTE.series for colour in chart.figure["data"][-1]["marker"]["color"]]
    assert full == [True, False, False, True, False, False, True]
    assert chart.key.startswith("Filled marks are autumn terms")


def test_history_says_target_national_and_gaps():
    points = [
        PeriodPoint(period=Period(2026, TermOfYear.AUTUMN), value=D("5.9"), target=D("5.3"), national=D("5.07")),
        PeriodPoint(period=Period(2025, TermOfYear.SUMMER), value=None, status=ValueStatus.NOT_COLLECTED),
        PeriodPoint(period=Period(2025, TermOfYear.SPRING), value=D("6.3")),
    ]
    way = {"unit": FigureUnit.PERCENT, "decimals": 1, "direction": Direction.LOWER, "tolerance": D("0.5")}

    chart = history_chart(IndicatorHistory(title="Overall absence", points=tuple(points), **way), element_id="x")

    assert chart.sentence == (
        "Overall absence: 5.9% in autumn 2025. No figure for autumn 2024 to compare with. "
        "Off target: 5.9% against a target of 5.3% or less; 5.8% or less is close. "
        "National figure: 5.1%. There is no figure for summer 2025 (not collected)."
    )
    assert chart.table.rows[1] == ("Summer 2025", "Not collected", "None", "None", "")
    assert [note["text"] for note in chart.figure["layout"]["annotations"]] == [
        "Not collected",
        "Target",
        "National",
    ]


def test_history_fills_in_absent_terms_as_gaps():
    chart = history(5.8, "absent", 6.1)

    assert chart.figure["data"][-1]["y"] == [5.8, None, 6.1]
    assert [row[1] for row in chart.table.rows] == ["5.8%", "No figure", "6.1%"]


def test_history_of_years_and_of_answers():
    years = history(61, 64, None, 65, start=Period(2018))
    answers = history(1, 0, 1, unit=FigureUnit.YES_NO)

    assert years.table.head[0] == "School year"
    assert years.key == ""
    assert answers.figure["layout"]["yaxis"]["ticktext"] == ["No", "Yes"]
    assert answers.table.rows[1][1] == "No"


def test_history_refuses_mixed_periods():
    points = (
        PeriodPoint(period=Period(2025), value=D(1)),
        PeriodPoint(period=Period(2025, TermOfYear.AUTUMN), value=D(1)),
    )

    with pytest.raises(MixedPeriods):
        history_chart(
            IndicatorHistory(title="x", unit=FigureUnit.COUNT, decimals=0, direction=Direction.LOWER, points=points),
            element_id="x",
        )


def test_history_without_a_figure_says_so():
    assert history(None).sentence == "Overall absence: no figure yet."


LEVELS = st.none() | st.floats(0, 100)
VALUES = st.none() | st.decimals(-500, 5000, places=2)


def assert_sound(chart):
    assert json.loads(json.dumps(chart.figure, allow_nan=False)) == chart.figure
    drawn = go.Figure(chart.figure).to_plotly_json()
    assert [trace["y"] for trace in drawn["data"]] == [trace["y"] for trace in chart.figure["data"]]
    root = ElementTree.fromstring(chart.svg)
    assert root.find(f"{SVG}title").text == chart.title
    assert root.find(f"{SVG}desc").text == chart.sentence
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag != f"{SVG}style"
        assert "nan" not in " ".join(element.attrib.values())
    assert all(len(row) == len(chart.table.head) for row in chart.table.rows)


@given(levels=st.lists(LEVELS, min_size=1, max_size=10))
def test_any_trajectory_is_sound(levels):
    chart = trajectory(*(year(2016 + place, level) for place, level in enumerate(levels)))

    assert_sound(chart)
    dots = ElementTree.fromstring(chart.svg).findall(f"{SVG}circle")
    assert len(dots) == sum(level is not None for level in levels)


@given(values=st.lists(VALUES, min_size=1, max_size=12), target=VALUES, unit=st.sampled_from(list(FigureUnit)))
def test_any_history_is_sound(values, target, unit):
    chart = history(*values, unit=unit, target=target)

    assert_sound(chart)
    low, high = chart.figure["layout"]["yaxis"]["range"]
    if unit is not FigureUnit.YES_NO:
        assert all(low <= float(value) <= high for value in values if value is not None)


def test_text_from_outside_cannot_break_the_drawing():
    points = (year(2019, 50.0, measure="<b>&"),)
    chart = trajectory_chart(Trajectory(school='"Oak" <script>&', points=points, lines=LINES), element_id="a")

    assert ElementTree.fromstring(chart.svg).find(f"{SVG}title").text.startswith('"Oak" <script>&')
    assert "<script" not in chart.svg
    assert chart.figure["data"][-1]["hovertext"] == ["2018–19: 50th percentile, &lt;b&gt;&amp;"]


def contrast(one: str, two: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("behind", [PALETTE.paper, PALETTE.gap, *PALETTE.bands])
@pytest.mark.parametrize("colour", [PALETTE.ink, PALETTE.quiet, PALETTE.series, PALETTE.target])
def test_colours_can_be_read_on_all_they_lie_on(colour, behind):
    assert contrast(colour, behind) >= 4.5


def test_colours_are_the_callers():
    points = Trajectory(school="Oak", points=(year(2019, 50.0),), lines=LINES)

    chart = trajectory_chart(points, element_id="a", palette=Palette(series="#123456"))

    assert chart.figure["data"][-1]["line"]["color"] == "#123456"
    assert "#123456" in chart.svg


def test_charts_do_not_load_plotly():
    code = "import sys, kpis.charts; print([name for name in sys.modules if name.split('.')[0] == 'plotly'])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


def test_chart_says_whether_figures_are_hidden_or_missing():
    assert history(None, status=ValueStatus.HIDDEN).sentence == (
        "Overall absence: not shown, because the figures are about too few people."
    )
    assert history(None).sentence == "Overall absence: no figure yet."

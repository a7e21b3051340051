"""A forecast and the result that it forecast belong together."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import PublishedResultFactory, SchoolFactory
from trajectories.actions import recompute_school
from trajectories.charts.chart_values import ReferenceLine, Trajectory, YearPoint
from trajectories.charts.trajectory import trajectory_chart
from trajectories.models import Placement
from trajectories.queries.charts import trajectory_chart_of
from trajectories.queries.outlooks import newest_outlooks, results_of
from trajectories.rules.forecast_results import forecast_results, size_in_words, summary_of
from trajectories.rules.warning_record import kept_forecast_record, kept_record

NOVEMBER = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # In the school year 2026–27.
A_YEAR_LATER = NOVEMBER + timedelta(days=365)
FALLING = {2022: 52.0, 2023: 50.0, 2024: 48.0, 2025: 46.0, 2026: 44.0}


def forecast(measure="ATT8SCR", year=2027, *, expected=44.8, known_to=2026, made_on="2026-11-20", width=3.7):
    return {
        "measure": measure, "year": year, "made_on": made_on, "known_to": known_to, "expected": expected,
        "low80": expected - width, "high80": expected + width,
        "percentile": 46.0, "percentile_low80": 27.0, "percentile_high80": 66.0,
    }  # fmt: skip


def compared(was, **more):
    (found,) = forecast_results([forecast(**more)], {("ATT8SCR", 2027): (was, "final")})
    return found


@pytest.mark.parametrize(
    ("was", "place", "words"),
    [
        (44.8, "within", "as expected"),
        (48.5, "within", "3.7 points higher than expected"),
        (48.6, "above", "3.8 points higher than expected"),
        (41.1, "within", "3.7 points lower than expected"),
        (41.0, "below", "3.8 points lower than expected"),
        (43.8, "within", "1.0 point lower than expected"),
    ],
)
def test_a_result_is_within_the_range_above_it_or_below_it(was, place, words):
    found = compared(was)

    assert (found.place, found.compared) == (place, words)
    assert found.sentence == (
        "Attainment 8 in 2026–27: 44.8 was expected, likely between 41.1 and 48.5. "
        f"The result was {was}, {place} the likely range and {words}."
    )


def test_figures_are_compared_as_they_are_printed():
    """A result that the page prints as the end of the range is within the range."""
    assert compared(48.54, expected=44.8, width=3.7).place == "within"
    assert compared(44.84).compared == "as expected"


def test_a_forecast_of_another_measure_or_year_is_never_compared():
    known = {("ATT8SCR", 2027): (45.0, "final")}

    assert forecast_results([forecast("P8MEA", expected=0.1), forecast(year=2026, known_to=2025)], known) == []


def test_the_last_forecast_that_did_not_know_the_result_counts():
    made = [
        forecast(expected=43.0),
        forecast(expected=44.0, made_on="2027-02-01"),
        forecast(expected=45.0, known_to=2027, made_on="2027-10-20"),
        forecast(expected=46.0) | {"low80": None},
    ]

    (found,) = forecast_results(made, {("ATT8SCR", 2027): (45.0, "provisional")})

    assert (found.expected, found.made_on, found.release) == (44.0, "2027-02-01", "provisional")


def test_a_summary_counts_each_measure_alone():
    known = {("ATT8SCR", 2026): (49.0, "final"), ("ATT8SCR", 2027): (43.8, "final"), ("P8MEA", 2024): (0.2, "final")}
    made = [
        forecast(year=2026, known_to=2025), forecast(),
        forecast("P8MEA", 2024, expected=0.2, known_to=2023, width=0.3),
    ]  # fmt: skip

    attainment, progress = summary_of(forecast_results(made, known))

    assert (attainment.forecasts, attainment.within, attainment.above, attainment.below) == (2, 1, 1, 0)
    assert (attainment.higher, attainment.lower) == (1, 1)
    assert attainment.mean_difference == pytest.approx((4.2 - 1.0) / 2)
    assert attainment.mean_size == pytest.approx((4.2 + 1.0) / 2)
    assert (attainment.on_average, attainment.usual_miss) == ("1.6 points higher", "2.6 points")
    assert (progress.on_average, progress.within) == ("as expected", 1)


def test_sizes_have_their_unit():
    assert size_in_words("PTRWM_EXP", 1.0) == "1 percentage point"
    assert size_in_words("KS2PROGRESS", -2.0) == "2.0 percentile points"
    assert size_in_words("P8MEA", -0.04) == "0.04"


def test_the_shipped_record_agrees_with_that_of_the_warnings():
    """Both come from the same forecasts, so their intervals contain the same share."""
    intervals = {row.measure: row for row in kept_record() if row.thing == "interval"}
    for row in kept_forecast_record():
        assert row.within == pytest.approx(intervals[row.measure].happened, abs=0.001)
        assert row.within + row.above + row.below == pytest.approx(1, abs=0.002)
        assert row.schools == intervals[row.measure].schools


@pytest.fixture
def publish(db):
    def make(urn, values, measure="ATT8SCR", release="final"):
        for year, value in values.items():
            PublishedResultFactory(
                urn=urn, series__measure=measure, series__school_year=year, series__release=release, value=value,
                cohort=180,
            )  # fmt: skip

    return make


@pytest.fixture
def outlooks(trust, in_scope):
    """Recompute a school and return the newest outlook of each measure."""

    def make(school, at):
        with in_scope(trust):
            recompute_school(trust_id=trust.pk, school=school, at=at)
            return {row.measure: row for row in newest_outlooks([school])[school.pk]}

    return make


def test_a_forecast_meets_its_result_when_it_is_published(school, publish, outlooks):
    publish(school.pk, FALLING)
    before = outlooks(school, NOVEMBER)["ATT8SCR"]
    assert results_of(before) == []

    publish(school.pk, {2027: 45.0})
    after = outlooks(school, A_YEAR_LATER)["ATT8SCR"]

    (found,) = results_of(after)
    assert (found.year, found.expected, found.low80, found.high80) == (
        2027, before.expected, before.low80, before.high80,
    )  # fmt: skip
    assert (found.was, found.made_on, found.known_to) == (45.0, "2026-11-20", 2026)
    assert after.school_year == 2028


def test_a_better_release_of_the_result_replaces_the_first(school, publish, outlooks):
    publish(school.pk, FALLING)
    outlooks(school, NOVEMBER)
    publish(school.pk, {2027: 45.0}, release="provisional")
    outlooks(school, A_YEAR_LATER)
    publish(school.pk, {2027: 45.5})

    (found,) = results_of(outlooks(school, A_YEAR_LATER + timedelta(days=90))["ATT8SCR"])

    assert (found.was, found.release, found.made_on) == (45.5, "final", "2026-11-20")


def test_a_result_of_another_measure_leaves_a_forecast_without_a_result(school, publish, outlooks):
    """Progress 8 was forecast, and only Attainment 8 was published."""
    publish(school.pk, FALLING)
    publish(school.pk, {2022: 0.1, 2023: 0.0, 2024: -0.1}, measure="P8MEA")
    outlooks(school, NOVEMBER)
    publish(school.pk, {2027: 45.0})

    after = outlooks(school, A_YEAR_LATER)

    assert [result.measure for result in results_of(after["ATT8SCR"])] == ["ATT8SCR"]
    assert results_of(after["P8MEA"]) == []


def test_a_special_school_has_no_forecast_to_compare(trust, outlooks):
    school = SchoolFactory(trust=trust, phase="special")

    assert all(results_of(row) == [] for row in outlooks(school, NOVEMBER).values())


def test_the_chart_shows_the_forecast_next_to_its_result(trust, school, in_scope, publish, outlooks):
    publish(school.pk, FALLING)
    outlooks(school, NOVEMBER)
    publish(school.pk, {2027: 45.0})
    rows = outlooks(school, A_YEAR_LATER)
    with in_scope(trust):
        placement = Placement.objects.filter(school=school).latest("pk")

    chart = trajectory_chart_of(school, placement, outlooks=list(rows.values()))

    assert chart is not None
    (trace,) = [trace for trace in chart.figure["data"] if trace["name"] == "Expected beforehand"]
    assert trace["x"] == [2026.88]
    assert "had been expected, likely between" in chart.sentence
    assert "to the left of a result" in chart.key
    assert "Expected beforehand" in chart.table.head
    column = chart.table.head.index("Expected beforehand")
    assert [bool(row[column]) for row in chart.table.rows] == [*[False] * 5, True, False]


def test_a_forecast_of_another_measure_is_not_on_the_chart(trust, school, in_scope, publish, outlooks):
    """Both were forecast and published. The year is shown by its headline, Progress 8, and so is the forecast."""
    publish(school.pk, FALLING)
    outlooks(school, NOVEMBER)
    publish(school.pk, {2027: 45.0})
    publish(school.pk, {2027: 0.1}, measure="P8MEA")
    rows = outlooks(school, A_YEAR_LATER)
    with in_scope(trust):
        placement = Placement.objects.filter(school=school).latest("pk")
    attainment, progress = (results_of(rows[code])[0] for code in ("ATT8SCR", "P8MEA"))
    assert attainment.percentile != progress.percentile

    chart = trajectory_chart_of(school, placement, outlooks=list(rows.values()))

    (trace,) = [trace for trace in chart.figure["data"] if trace["name"] == "Expected beforehand"]
    assert trace["y"] == [progress.percentile]

    only_attainment = trajectory_chart_of(school, placement, outlooks=[rows["ATT8SCR"]])
    assert "Expected beforehand" not in only_attainment.table.head


def test_the_drawing_has_a_hollow_point_and_its_range():
    points = tuple(
        YearPoint(school_year=year, percentile=percentile, measure="Attainment 8")
        for year, percentile in ((2026, 40.0), (2027, 45.0))
    )
    line = ReferenceLine(label="Floor", levels={2026: 13.9, 2027: 13.9}, provenance="derived")
    foreseen = YearPoint(school_year=2027, percentile=30.0, low=20.0, high=41.0, measure="Attainment 8")
    plain = trajectory_chart(Trajectory(school="Oak", points=points, lines=(line,)), element_id="a")

    chart = trajectory_chart(
        Trajectory(school="Oak", points=points, lines=(line,), foreseen=(foreseen,)), element_id="a"
    )

    assert chart.svg.count("<circle") == plain.svg.count("<circle") + 1
    assert chart.sentence.endswith(
        "For 2026–27 the 30th percentile had been expected, likely between the 20th and the 41st; "
        "the result was at the 45th."
    )

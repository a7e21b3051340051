from decimal import Decimal as D

import pytest

from kpis.catalogue import catalogue_by_code, national_figures
from kpis.rules.rating import RatingCode
from kpis.rules.score import Figure, SchoolTarget, score_indicator
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period, TermOfYear

ABSENCE = catalogue_by_code()["AB1"]
AUTUMN_2025, AUTUMN_2024 = Period(2026, TermOfYear.AUTUMN), Period(2025, TermOfYear.AUTUMN)
TARGET = {
    2026: SchoolTarget(value=D(6), upper=None, tolerance=D("0.5"), provenance="set by the Board, 14 October 2025")
}


def scored(*figures, targets=TARGET, indicator=ABSENCE):
    return score_indicator(indicator, figures, phase="secondary", targets=targets, national=national_figures())


def test_school_without_figures_has_no_score():
    assert scored() is None


def test_latest_figure_is_scored_in_any_order():
    new, old = Figure(period=AUTUMN_2025, value=D("7.2")), Figure(period=AUTUMN_2024, value=D("6.1"))

    assert scored(new, old).latest == scored(old, new).latest == new


def test_distance_from_the_target_is_in_tolerances():
    result = scored(Figure(period=AUTUMN_2025, value=D("7.2")))

    assert result.rating.code is RatingCode.OFF_TARGET
    assert result.distance == pytest.approx(-2.4)
    assert "set by the Board, 14 October 2025" in result.target_text


def test_figure_is_compared_with_the_same_term():
    result = scored(
        Figure(period=AUTUMN_2025, value=D("7.2")),
        Figure(period=AUTUMN_2024, value=D("6.2")),
        Figure(period=Period(2025, TermOfYear.SUMMER), value=D("9.0")),
    )

    assert result.movement.sentence == "1.0 percentage points worse than autumn 2024"
    assert result.movement_size == pytest.approx(-2)


def test_missing_figure_is_no_value_and_never_zero():
    result = scored(Figure(period=AUTUMN_2025, status=ValueStatus.NOT_COLLECTED, comment="The register was down"))

    assert result.rating.code is RatingCode.NO_VALUE
    assert "register was down" in result.rating.reason
    assert (result.distance, result.movement_size) == (None, None)


def test_catalogue_default_applies_without_a_school_target():
    result = scored(Figure(period=AUTUMN_2025, value=D("7.2")), targets={})

    assert result.target_text.partition(": ")[2].startswith("Our default")


def test_earlier_target_applies_until_a_new_one():
    earlier = {2025: TARGET[2026], 2027: SchoolTarget(value=D(1), upper=None, tolerance=D(0), provenance="later")}

    assert scored(Figure(period=AUTUMN_2025, value=D("7.2")), targets=earlier).target == TARGET[2026]


def test_national_figure_has_its_description():
    result = scored(Figure(period=AUTUMN_2025, value=D("7.2")))

    assert result.national_text.startswith("England, secondary schools, autumn term 2024–25")


def test_figure_may_be_outside_a_range_on_either_side():
    reserves = catalogue_by_code()["FIN2"]
    wide = {2026: SchoolTarget(value=D(5), upper=D(20), tolerance=D(1), provenance="set by the Board")}

    low = scored(Figure(period=Period(2026, TermOfYear.AUTUMN), value=D(2)), targets=wide, indicator=reserves)
    high = scored(Figure(period=Period(2026, TermOfYear.AUTUMN), value=D(24)), targets=wide, indicator=reserves)

    assert (low.distance, high.distance) == (pytest.approx(-3), pytest.approx(-4))


@pytest.mark.parametrize(
    ("code", "target", "value", "steps"),
    [("AB2", 6, 12, -2), ("SG4", 100, 90, -10)],
    ids=["in steps of 3, the smallest change that needs a comment", "in steps of 1 if no change needs a comment"],
)
def test_distance_without_a_tolerance_is_in_steps_of_the_indicator(code, target, value, steps):
    strict = {2026: SchoolTarget(value=D(target), upper=None, tolerance=D(0), provenance="set by the Board")}
    latest, before = Figure(period=AUTUMN_2025, value=D(value)), Figure(period=AUTUMN_2024, value=D(target))

    result = scored(latest, before, targets=strict, indicator=catalogue_by_code()[code])

    assert result.distance == pytest.approx(steps)
    assert result.movement_size == pytest.approx(steps)

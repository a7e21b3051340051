"""A rating agrees with the numbers beside it, and always says why."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import Direction, FigureUnit
from kpis.rules.figures_in_words import difference_in_words, figure_in_words, join_in_words, round_half_up
from kpis.rules.movement import MovementCode, compare_figures
from kpis.rules.rating import RatingCode, rate_figure
from published.dfe.value_statuses import ValueStatus

PERCENT = {"unit": FigureUnit.PERCENT, "decimals": 1}
AMOUNTS = st.decimals(-1000, 1000, places=3)
POSITIVE = st.decimals(0, 100, places=2)


@pytest.mark.parametrize(
    ("value", "direction", "code", "reason"),
    [
        ("94.0", "higher", "on_target", "94.0% meets the target of 94.0%"),
        ("95", "higher", "on_target", "95.0% is 1.0 percentage points above the target of 94.0%"),
        (
            "92.9",
            "higher",
            "close",
            "92.9% is 1.1 percentage points below the target of 94.0%, within the tolerance of 1.5",
        ),
        (
            "92.5",
            "higher",
            "close",
            "92.5% is 1.5 percentage points below the target of 94.0%, within the tolerance of 1.5",
        ),
        (
            "92.4",
            "higher",
            "off_target",
            "92.4% is 1.6 percentage points below the target of 94.0%, beyond the tolerance of 1.5",
        ),
        (
            "93",
            "lower",
            "on_target",
            "93.0% is 1.0 percentage points below the target of 94.0%, where lower is better",
        ),
        (
            "96",
            "lower",
            "off_target",
            "96.0% is 2.0 percentage points above the target of 94.0%, where lower is better, "
            "beyond the tolerance of 1.5",
        ),
    ],
)
def test_rate_against_one_target(value, direction, code, reason):
    rating = rate_figure(D(value), D(94), tolerance=D("1.5"), direction=Direction(direction), **PERCENT)

    assert (rating.code, rating.reason) == (code, reason)


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        ("5", "on_target", "5.0% is within the target range of 5.0% to 20.0%"),
        ("20", "on_target", "20.0% is within the target range of 5.0% to 20.0%"),
        (
            "4.2",
            "close",
            "4.2% is 0.8 percentage points below the target range of 5.0% to 20.0%, within the tolerance of 2",
        ),
        (
            "22.5",
            "off_target",
            "22.5% is 2.5 percentage points above the target range of 5.0% to 20.0%, beyond the tolerance of 2",
        ),
    ],
)
def test_rate_against_a_range(value, code, reason):
    rating = rate_figure(D(value), D(5), upper_target=D(20), tolerance=D("2.0"), direction=Direction.RANGE, **PERCENT)

    assert (rating.code, rating.reason) == (code, reason)


def test_rate_against_a_range_with_one_end():
    at_most = rate_figure(D(21), None, upper_target=D(20), direction=Direction.RANGE, **PERCENT)
    at_least = rate_figure(D(21), D(20), direction=Direction.RANGE, **PERCENT)

    assert at_most.code is RatingCode.OFF_TARGET
    assert "above the target range of at most 20.0%" in at_most.reason
    assert at_least.reason == "21.0% is within the target range of at least 20.0%"


def test_rate_says_when_no_tolerance_is_set():
    rating = rate_figure(D("0.99"), D(1), direction=Direction.HIGHER, unit=FigureUnit.SCORE, decimals=2)

    assert rating.code is RatingCode.OFF_TARGET
    assert rating.reason == "0.99 is 0.01 below the target of 1.00, and no tolerance is set"


def test_rate_compares_as_printed():
    rating = rate_figure(D("93.96"), D(94), direction=Direction.HIGHER, **PERCENT)

    assert (rating.code, rating.reason) == ("on_target", "94.0% meets the target of 94.0%")


def test_rate_prints_a_tolerance_finer_than_the_figure():
    rating = rate_figure(D("5.4"), D("5.2"), tolerance=D("0.25"), direction=Direction.LOWER, **PERCENT)

    assert rating.reason.endswith("within the tolerance of 0.25")


@pytest.mark.parametrize(
    ("value", "target", "code", "reason"),
    [
        (1, 1, "on_target", "The answer is yes, as the target asks"),
        (0, 1, "off_target", "The answer is no and the target is yes"),
    ],
)
def test_rate_of_an_answer(value, target, code, reason):
    rating = rate_figure(D(value), D(target), direction=Direction.HIGHER, unit=FigureUnit.YES_NO, decimals=0)

    assert (rating.code, rating.reason) == (code, reason)


def test_rate_without_a_target_or_a_value_says_which():
    untargeted = rate_figure(D(12), None, direction=Direction.LOWER, unit=FigureUnit.COUNT, decimals=0)
    missing = rate_figure(None, D(12), direction=Direction.LOWER, unit=FigureUnit.COUNT, decimals=0)

    assert (untargeted.label, untargeted.reason) == ("No target set", "12: no target is set")
    assert (missing.label, missing.reason) == ("No value", "No value yet")


@pytest.mark.parametrize("status", [each for each in ValueStatus if each is not ValueStatus.VALUE])
def test_rate_keeps_every_reason_for_no_value_apart(status):
    rating = rate_figure(D(0), D(0), direction=Direction.LOWER, status=status, **PERCENT)

    assert rating.code is RatingCode.NO_VALUE
    assert status.label.lower() in rating.reason


def test_rate_quotes_the_schools_own_reason():
    rating = rate_figure(
        None,
        D(1),
        direction=Direction.LOWER,
        status=ValueStatus.TO_FOLLOW,
        explanation=" audit on 3 December ",
        **PERCENT,
    )

    assert rating.reason == "No value: to follow (audit on 3 December)"


@given(value=AMOUNTS, target=AMOUNTS, tolerance=POSITIVE, decimals=st.integers(0, 3))
def test_rate_mirrors_when_better_turns_round(value, target, tolerance, decimals):
    way = {"tolerance": tolerance, "unit": FigureUnit.SCORE, "decimals": decimals}

    up = rate_figure(value, target, direction=Direction.HIGHER, **way)
    down = rate_figure(-value, -target, direction=Direction.LOWER, **way)

    assert up.code is down.code


@given(low=AMOUNTS, step=POSITIVE, target=AMOUNTS, tolerance=POSITIVE)
def test_rate_never_falls_when_the_figure_gets_better(low, step, target, tolerance):
    order = [RatingCode.OFF_TARGET, RatingCode.CLOSE, RatingCode.ON_TARGET]
    way = {"tolerance": tolerance, "direction": Direction.HIGHER, "unit": FigureUnit.SCORE, "decimals": 2}

    worse, better = (rate_figure(value, target, **way) for value in (low, low + step))

    assert order.index(worse.code) <= order.index(better.code)


@given(value=AMOUNTS, target=AMOUNTS, unit=st.sampled_from([u for u in FigureUnit if u is not FigureUnit.YES_NO]))
def test_rate_always_prints_figure_and_target(value, target, unit):
    rating = rate_figure(value, target, direction=Direction.HIGHER, unit=unit, decimals=1)

    assert rating.reason.startswith(figure_in_words(value, unit, 1))
    assert figure_in_words(target, unit, 1) in rating.reason
    assert (round_half_up(value, 1) >= round_half_up(target, 1)) == (rating.code is RatingCode.ON_TARGET)


@pytest.mark.parametrize(
    ("now", "then", "direction", "sentence"),
    [
        ("93.6", "92.4", "higher", "1.2 percentage points better than autumn 2025"),
        ("91.2", "92.4", "higher", "1.2 percentage points worse than autumn 2025"),
        ("91.2", "92.4", "lower", "1.2 percentage points better than autumn 2025"),
        ("91.2", "92.4", "range", "1.2 percentage points lower than autumn 2025"),
        ("92.44", "92.36", "higher", "Unchanged from autumn 2025"),
    ],
)
def test_compare_says_which_way_it_moved(now, then, direction, sentence):
    moved = compare_figures(D(now), D(then), then_label="autumn 2025", direction=Direction(direction), **PERCENT)

    assert moved.sentence == sentence


def test_compare_with_a_missing_figure_says_why():
    way = {"then_label": "autumn 2025", "direction": Direction.HIGHER, **PERCENT}

    hidden = compare_figures(D(1), D(0), then_status=ValueStatus.SUPPRESSED, **way)
    absent = compare_figures(D(1), None, **way)
    nothing = compare_figures(None, D(1), **way)

    assert hidden.sentence == "No figure for autumn 2025 to compare with: suppressed"
    assert absent.sentence == "No figure for autumn 2025 to compare with"
    assert nothing.sentence == "No figure yet to compare"
    assert {each.code for each in (hidden, absent, nothing)} == {MovementCode.NOT_COMPARABLE}


def test_compare_of_answers():
    moved = compare_figures(
        D(0), D(1), then_label="spring 2026", direction=Direction.HIGHER, unit=FigureUnit.YES_NO, decimals=0
    )

    assert moved.sentence == "Worse: no now, yes in spring 2026"


@given(now=AMOUNTS, then=AMOUNTS)
def test_compare_is_opposite_from_the_other_side(now, then):
    opposite = {"better": "worse", "worse": "better", "unchanged": "unchanged"}
    way = {"then_label": "then", "direction": Direction.HIGHER, **PERCENT}

    assert opposite[compare_figures(now, then, **way).code] == compare_figures(then, now, **way).code


def test_figures_in_words():
    assert figure_in_words(D("-0.04"), FigureUnit.PERCENT, 1) == "0.0%"
    assert figure_in_words(D("1234567.5"), FigureUnit.POUNDS, 0) == "£1,234,568"
    assert figure_in_words(D("2.5"), FigureUnit.PER_100_PUPILS, 1) == "2.5 per 100 pupils"
    assert difference_in_words(D(-1), FigureUnit.PERCENT, 0) == "1 percentage point"
    assert join_in_words(["Oak", "Elm"], "or") == "Oak or Elm"

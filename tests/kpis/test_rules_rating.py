"""A rating agrees with the numbers that people see, and always says why."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import Direction, FigureUnit
from kpis.rules.figures_in_words import difference_in_words, figure_in_words, round_half_up
from kpis.rules.movement import MovementCode, compare_figures
from kpis.rules.rating import RatingCode, rate_figure
from published.dfe.value_statuses import ValueStatus
from tables.word_lists import join_in_words

PERCENT = {"unit": FigureUnit.PERCENT, "decimals": 1}
AMOUNTS = st.decimals(-1000, 1000, places=3)
POSITIVE = st.decimals(0, 100, places=2)


@pytest.mark.parametrize(
    ("value", "direction", "code", "reason"),
    [
        ("94.0", "higher", "on_target", "94.0% against a target of 94.0% or more"),
        ("95", "higher", "on_target", "95.0% against a target of 94.0% or more"),
        (
            "92.9",
            "higher",
            "close",
            "92.9% against a target of 94.0% or more; 92.5% or more is close",
        ),
        (
            "92.5",
            "higher",
            "close",
            "92.5% against a target of 94.0% or more; 92.5% or more is close",
        ),
        (
            "92.4",
            "higher",
            "off_target",
            "92.4% against a target of 94.0% or more; 92.5% or more is close",
        ),
        (
            "93",
            "lower",
            "on_target",
            "93.0% against a target of 94.0% or less",
        ),
        (
            "96",
            "lower",
            "off_target",
            "96.0% against a target of 94.0% or less; 95.5% or less is close",
        ),
    ],
)
def test_rate_against_one_target(value, direction, code, reason):
    rating = rate_figure(D(value), D(94), tolerance=D("1.5"), direction=Direction(direction), **PERCENT)

    assert (rating.code, rating.reason) == (code, reason)


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        ("5", "on_target", "5.0% against a target of 5.0% to 20.0%"),
        ("20", "on_target", "20.0% against a target of 5.0% to 20.0%"),
        (
            "4.2",
            "close",
            "4.2% against a target of 5.0% to 20.0%; 3.0% to 22.0% is close",
        ),
        (
            "22.5",
            "off_target",
            "22.5% against a target of 5.0% to 20.0%; 3.0% to 22.0% is close",
        ),
    ],
)
def test_rate_against_a_range(value, code, reason):
    rating = rate_figure(D(value), D(5), upper_target=D(20), tolerance=D("2.0"), direction=Direction.RANGE, **PERCENT)

    assert (rating.code, rating.reason) == (code, reason)


def test_rate_against_a_range_with_only_one_end():
    at_most = rate_figure(D(21), None, upper_target=D(20), direction=Direction.RANGE, **PERCENT)
    at_least = rate_figure(D(21), D(20), direction=Direction.RANGE, **PERCENT)

    assert at_most.code is RatingCode.OFF_TARGET
    assert at_most.reason == "21.0% against a target of 20.0% or less"
    assert at_least.reason == "21.0% against a target of 20.0% or more"


@pytest.mark.parametrize(
    ("value", "target", "direction", "unit", "reason"),
    [
        (0, 0, "lower", FigureUnit.COUNT, "0 against a target of none"),
        (2, 3, "higher", FigureUnit.COUNT, "2 against a target of 3 or more; 2 or more is close"),
        (2, 0, "lower", FigureUnit.COUNT, "2 against a target of none; 1 is close"),
        (9, 3, "lower", FigureUnit.DAYS, "9 days against a target of 3 days or fewer; 4 days or fewer is close"),
        (-3000, 0, "higher", FigureUnit.POUNDS, "−£3,000 against a target of £0 or more; −£1 or more is close"),
        (97, 100, "higher", FigureUnit.PERCENT, "97% against a target of 100%; 99% or more is close"),
        (3, 0, "lower", FigureUnit.POINTS, "3 points against a target of 0 points or less; 1 point or less is close"),
    ],
)
def test_rate_gives_the_target_in_plain_words_for_every_unit(value, target, direction, unit, reason):
    rating = rate_figure(D(value), D(target), tolerance=D(1), direction=Direction(direction), unit=unit, decimals=0)

    assert rating.reason == reason


def test_rate_without_a_tolerance_says_nothing_about_close():
    rating = rate_figure(D("0.99"), D(1), direction=Direction.HIGHER, unit=FigureUnit.SCORE, decimals=2)

    assert rating.code is RatingCode.OFF_TARGET
    assert rating.reason == "0.99 against a target of 1.00 or more"


def test_rate_writes_pence_with_two_digits():
    money = {"direction": Direction.LOWER, "unit": FigureUnit.POUNDS, "decimals": 1}
    rating = rate_figure(D("47.46"), D(40), tolerance=D("2.5"), **money)

    assert rating.reason == "£47.50 against a target of £40.00 or less; £42.50 or less is close"


def test_rate_compares_rounded_figures():
    rating = rate_figure(D("93.96"), D(94), direction=Direction.HIGHER, **PERCENT)

    assert (rating.code, rating.reason) == ("on_target", "94.0% against a target of 94.0% or more")


def test_rate_shows_a_tolerance_with_more_decimals_than_the_figure():
    rating = rate_figure(D("5.4"), D("5.2"), tolerance=D("0.25"), direction=Direction.LOWER, **PERCENT)

    assert rating.reason.endswith("; 5.45% or less is close")


@pytest.mark.parametrize(
    ("value", "target", "code", "reason"),
    [
        (1, 1, "on_target", "Yes; the target is yes"),
        (0, 1, "off_target", "No; the target is yes"),
    ],
)
def test_rate_compares_a_yes_or_no_with_its_target(value, target, code, reason):
    rating = rate_figure(D(value), D(target), direction=Direction.HIGHER, unit=FigureUnit.YES_NO, decimals=0)

    assert (rating.code, rating.reason) == (code, reason)


def test_rate_says_whether_the_target_or_the_value_is_missing():
    untargeted = rate_figure(D(12), None, direction=Direction.LOWER, unit=FigureUnit.COUNT, decimals=0)
    missing = rate_figure(None, D(12), direction=Direction.LOWER, unit=FigureUnit.COUNT, decimals=0)

    assert (untargeted.label, untargeted.reason) == ("No target set", "12; no target is set")
    assert (missing.label, missing.reason) == ("No value", "No value yet")


@pytest.mark.parametrize("status", [status for status in ValueStatus if status is not ValueStatus.VALUE])
def test_rate_gives_each_reason_for_a_missing_value(status):
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
def test_rate_is_the_same_when_signs_and_direction_are_reversed(value, target, tolerance, decimals):
    way = {"tolerance": tolerance, "unit": FigureUnit.SCORE, "decimals": decimals}

    up = rate_figure(value, target, direction=Direction.HIGHER, **way)
    down = rate_figure(-value, -target, direction=Direction.LOWER, **way)

    assert up.code is down.code


@given(low=AMOUNTS, step=POSITIVE, target=AMOUNTS, tolerance=POSITIVE)
def test_rating_never_gets_worse_when_the_figure_gets_better(low, step, target, tolerance):
    order = [RatingCode.OFF_TARGET, RatingCode.CLOSE, RatingCode.ON_TARGET]
    way = {"tolerance": tolerance, "direction": Direction.HIGHER, "unit": FigureUnit.SCORE, "decimals": 2}

    worse, better = (rate_figure(value, target, **way) for value in (low, low + step))

    assert order.index(worse.code) <= order.index(better.code)


@given(value=AMOUNTS, target=AMOUNTS, unit=st.sampled_from([u for u in FigureUnit if u is not FigureUnit.YES_NO]))
def test_reason_always_has_figure_and_target(value, target, unit):
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
def test_compare_says_which_way_the_figure_changed(now, then, direction, sentence):
    moved = compare_figures(D(now), D(then), then_label="autumn 2025", direction=Direction(direction), **PERCENT)

    assert moved.sentence == sentence


def test_compare_says_why_a_figure_is_missing():
    way = {"then_label": "autumn 2025", "direction": Direction.HIGHER, **PERCENT}

    hidden = compare_figures(D(1), D(0), then_status=ValueStatus.SUPPRESSED, **way)
    absent = compare_figures(D(1), None, **way)
    nothing = compare_figures(None, D(1), **way)

    assert hidden.sentence == "No figure for autumn 2025 to compare with: suppressed"
    assert absent.sentence == "No figure for autumn 2025 to compare with"
    assert nothing.sentence == "No figure yet to compare"
    assert {movement.code for movement in (hidden, absent, nothing)} == {MovementCode.NOT_COMPARABLE}


def test_compare_handles_yes_or_no():
    moved = compare_figures(
        D(0), D(1), then_label="spring 2026", direction=Direction.HIGHER, unit=FigureUnit.YES_NO, decimals=0
    )

    assert moved.sentence == "Worse: no now, yes in spring 2026"


@given(now=AMOUNTS, then=AMOUNTS)
def test_compare_is_opposite_from_the_other_side(now, then):
    opposite = {"better": "worse", "worse": "better", "unchanged": "unchanged"}
    way = {"then_label": "then", "direction": Direction.HIGHER, **PERCENT}

    assert opposite[compare_figures(now, then, **way).code] == compare_figures(then, now, **way).code


def test_figures_are_written_with_their_unit():
    assert figure_in_words(D("-0.04"), FigureUnit.PERCENT, 1) == "0.0%"
    assert figure_in_words(D("1234567.5"), FigureUnit.POUNDS, 0) == "£1,234,568"
    assert figure_in_words(D("2.5"), FigureUnit.PER_100_PUPILS, 1) == "2.5 per 100 pupils"
    assert difference_in_words(D(-1), FigureUnit.PERCENT, 0) == "1 percentage point"
    assert join_in_words(["Oak", "Elm"], "or") == "Oak or Elm"

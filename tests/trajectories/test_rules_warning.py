import doctest

import pytest

from trajectories.rules import chances_in_words, warning
from trajectories.rules.chances_in_words import percent_in_words
from trajectories.rules.warning import WarningRisk, greatest_risks, risks_of, warning_code

LINES = {"floor": 14.0, "coasting": 29.0, "average": 49.0}
BELOW = {"floor": 0.1, "coasting": 0.4, "average": 0.9}


@pytest.mark.parametrize("module", [chances_in_words, warning])
def test_the_module_examples(module):
    assert doctest.testmod(module).failed == 0


def test_a_school_already_below_a_line_cannot_fall_below_it():
    risks = risks_of(BELOW, 0.2, standing=40.0, lines=LINES, letter="F")

    assert [(risk.code, risk.is_new) for risk in risks] == [
        ("floor", True), ("coasting", True), ("average", False), ("decline", True),
    ]  # fmt: skip
    assert greatest_risks(risks).code == "coasting"
    assert risks[2].sentence == "Staying below the national average: about 9 in 10"
    assert risks[1].sentence == "Falling below the coasting line: about 2 in 5"


def test_a_school_on_the_line_counts_as_above_it():
    (risk, *_) = risks_of(BELOW, None, standing=14.0, lines=LINES, letter="")

    assert risk.is_new


def test_a_school_that_is_already_declining_is_not_warned_of_decline():
    risks = risks_of({}, 0.95, standing=60.0, lines=LINES, letter="D")

    assert warning_code(risks) == "none"
    assert risks[0].sentence == "Staying on C, D or G: about 19 in 20"


@pytest.mark.parametrize(
    ("line", "probability", "code"),
    [
        ("floor", 0.2, "warning"), ("floor", 0.19, "watch"), ("floor", 0.11, "none"),
        ("average", 0.45, "watch"), ("average", 0.5, "warning"), ("decline", 0.29, "none"),
    ],
)  # fmt: skip
def test_a_lower_line_needs_a_smaller_chance_for_a_warning(line, probability, code):
    assert warning_code((WarningRisk(code=line, probability=probability, is_new=True),)) == code


def test_a_fall_below_the_floor_weighs_more_than_a_more_likely_one_below_the_average():
    risks = tuple(
        WarningRisk(code=code, probability=p, is_new=True) for code, p in (("floor", 0.25), ("average", 0.55))
    )

    assert greatest_risks(risks).code == "floor"


def test_an_unknown_chance_is_not_zero():
    assert risks_of({"floor": None}, None, standing=None, lines=LINES, letter="") == ()
    assert warning_code(()) == "unknown"


def test_no_chance_is_stated_as_certain():
    assert [percent_in_words(probability) for probability in (0.0, 0.004, 0.314, 1.0)] == [
        "under 1%",
        "under 1%",
        "31%",
        "over 99%",
    ]

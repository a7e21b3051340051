"""The trust's figure is calculated from pupils and says how and what is missing. Small numbers stay hidden."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import FigureUnit, RollUp
from kpis.rules.rollup import RollUpMethod, SchoolFigure, trust_figure
from published.dfe.value_statuses import ValueStatus

RATE = {"roll_up": RollUp.RATE, "unit": FigureUnit.PERCENT, "decimals": 1}
SUM = {"roll_up": RollUp.SUM, "unit": FigureUnit.COUNT, "decimals": 0}


def parts(school: str, numerator: int, denominator: int) -> SchoolFigure:
    return SchoolFigure(school=school, numerator=D(numerator), denominator=D(denominator))


def weighed(school: str, value: str, cohort: int | None) -> SchoolFigure:
    return SchoolFigure(school=school, value=D(value), cohort=None if cohort is None else D(cohort))


def none(school: str, status: ValueStatus = ValueStatus.VALUE) -> SchoolFigure:
    return SchoolFigure(school=school, status=status)


def test_rate_is_never_an_average_of_percentages():
    made = trust_figure([parts("Oak", 90, 100), parts("Elm", 800, 1000)], **RATE)

    assert made.value == D(890) / 1100 * 100
    assert made.value != D(85)
    assert made.method is RollUpMethod.PARTS
    assert made.counted == made.expected


def test_rate_without_parts_is_weighted_by_cohort():
    made = trust_figure([weighed("Oak", "90", 30), weighed("Elm", "60", 270), none("Ash")], **RATE)

    assert made.value == D(63)
    assert made.sentence == "63.0% in 2 of 3 schools, weighted by cohort of 300. Without Ash (no figure yet)"


def test_rate_uses_the_method_that_includes_more_schools():
    mixed = SchoolFigure(school="Oak", numerator=D(9), denominator=D(10), cohort=D(10))

    made = trust_figure([mixed, weighed("Elm", "60", 30), weighed("Fir", "50", None)], **RATE)

    assert made.method is RollUpMethod.COHORT
    assert made.value == (D(90) * 10 + D(60) * 30) / 40
    assert made.left_out == (("Fir", "no cohort to weight it by"),)


def test_sentence_says_why_each_school_is_missing():
    made = trust_figure(
        [
            parts("Oak", 4, 8),
            none("Elm", ValueStatus.TO_FOLLOW),
            none("Ash", ValueStatus.NOT_APPLICABLE),
            weighed("Fir", "50", None),
        ],
        **RATE,
    )

    assert (made.counted, made.expected) == (1, 3)
    assert made.sentence == (
        "50.0% in 1 of 3 schools, calculated from numerators and denominators: 4 of 8. "
        "Without Elm (to follow) and Fir (no numerator and denominator)"
    )


def test_missing_is_not_zero():
    made = trust_figure([parts("Oak", 4, 8), none("Elm", ValueStatus.SUPPRESSED)], **RATE)

    assert made.value == D(50)


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ([none("Oak")], "No trust figure: no school has a figure that it can be calculated from"),
        ([none("Oak", ValueStatus.NOT_APPLICABLE)], "No trust figure: the indicator does not apply to any school"),
        ([weighed("Oak", "50", None)], "No trust figure: no school has a figure that it can be calculated from"),
    ],
)
def test_no_trust_figure_without_figures_to_calculate_it_from(figures, sentence):
    made = trust_figure(figures, **RATE)

    assert (made.value, made.method, made.sentence) == (None, RollUpMethod.NONE, sentence)


def test_sum_says_when_schools_are_missing():
    figures = [SchoolFigure(school="Oak", value=D(3)), SchoolFigure(school="Elm", value=D(0)), none("Ash")]

    made = trust_figure(figures, **SUM)

    assert made.value == 3
    assert made.sentence == "3 in 2 of 3 schools, added up. Without Ash (no figure yet)"


def test_answers_are_counted_and_a_yes_needs_every_school():
    way = {"roll_up": RollUp.ALL_YES, "unit": FigureUnit.YES_NO, "decimals": 0}
    yes, no = SchoolFigure(school="Oak", value=D(1)), SchoolFigure(school="Elm", value=D(0))

    assert trust_figure([yes, no], **way).value == 0
    assert trust_figure([yes, yes], **way).value == 1
    waiting = trust_figure([yes, none("Ash")], **way)
    assert (waiting.value, waiting.sentence) == (None, "Yes in 1 of 2 schools. Without Ash (no figure yet)")


def test_indicator_that_is_not_added_up_has_no_trust_figure():
    made = trust_figure([weighed("Oak", "1", 30)], roll_up=RollUp.NONE, unit=FigureUnit.PERCENTAGE_POINTS, decimals=1)

    assert (made.value, made.sentence) == (
        None,
        "No trust figure: schools' figures for this indicator are not added up",
    )


def test_trust_figure_of_one_school_is_its_figure():
    assert trust_figure([parts("Oak", 1, 2)], **RATE).sentence.startswith("50.0% in the one school, calculated")


PARTS = st.tuples(st.integers(0, 500), st.integers(1, 500)).map(lambda pair: (min(pair), max(pair[1], pair[0], 1)))


@given(rows=st.lists(PARTS, min_size=1, max_size=8), seed=st.randoms(use_true_random=False))
def test_rate_lies_between_the_schools_and_ignores_their_order(rows, seed):
    figures = [parts(f"School {place}", *row) for place, row in enumerate(rows)]
    mixed = list(figures)
    seed.shuffle(mixed)

    made = trust_figure(figures, **RATE)

    rates = [D(above) / below * 100 for above, below in rows]
    assert min(rates) - D("0.001") <= made.value <= max(rates) + D("0.001")
    assert trust_figure(mixed, **RATE).value == made.value


@given(rows=st.lists(PARTS, min_size=2, max_size=8))
def test_rate_is_the_same_when_two_schools_are_one(rows):
    (one, two), rest = rows[:2], [parts(f"School {place}", *row) for place, row in enumerate(rows[2:])]
    apart = [parts("Oak", *one), parts("Elm", *two), *rest]
    together = [parts("Oak and Elm", one[0] + two[0], one[1] + two[1]), *rest]

    assert trust_figure(apart, **RATE).value == trust_figure(together, **RATE).value


@given(rows=st.lists(PARTS, min_size=1, max_size=6))
def test_parts_and_cohorts_agree_where_the_cohort_is_the_denominator(rows):
    by_parts = [parts(f"School {place}", *row) for place, row in enumerate(rows)]
    by_cohort = [
        SchoolFigure(school=f"School {place}", value=D(above) / below * 100, cohort=D(below))
        for place, (above, below) in enumerate(rows)
    ]

    difference = trust_figure(by_parts, **RATE).value - trust_figure(by_cohort, **RATE).value

    assert abs(difference) < D("0.000001")


def test_trust_figure_of_hidden_figures_only_is_said_to_be_hidden():
    hidden, missing = (SchoolFigure(school="Elm", status=ValueStatus.HIDDEN), SchoolFigure(school="Oak"))

    def sentence(*figures: SchoolFigure) -> str:
        return trust_figure(figures, roll_up=RollUp.SUM, unit=FigureUnit.COUNT, decimals=0).sentence

    assert sentence(hidden) == "No trust figure: 1 school not shown, because the figures are about too few people"
    assert sentence(hidden, missing).endswith("too few people. No other school has a figure")
    assert sentence(missing) == "No trust figure: no school has a figure that it can be calculated from"

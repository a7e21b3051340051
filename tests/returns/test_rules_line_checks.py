"""Test that typed figures are read or refused with a message, and that unusual figures ask for a comment."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import FigureUnit, catalogue_by_code, catalogue_indicators
from kpis.catalogue.indicator import JumpRule
from kpis.rules.explanations import Explanation
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.score import SchoolTarget
from kpis.rules.typed_figures import UnreadableFigure, parse_figure
from published.dfe.value_statuses import ValueStatus
from returns.rules.line_checks import CheckedLine, LineAsTyped, Severity, check_line
from returns.rules.unusual_figures import why_unusual

ABSENCE = catalogue_by_code()["AB1"]
SUSPENSIONS = catalogue_by_code()["AB6"]
BALANCE = catalogue_by_code()["FIN1"]
ROLL = catalogue_by_code()["FIN11"]
OPEN_CASES = catalogue_by_code()["SG8"]
USUAL = [D(figure) for figure in ("5.1", "5.4", "5.0", "5.3", "5.2")]


def messages(checked: CheckedLine) -> list[str]:
    return [finding.message for finding in checked.findings]


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("94.2", FigureUnit.PERCENT, "94.2"),
        ("94.2%", FigureUnit.PERCENT, "94.2"),
        (" 94.2 % ", FigureUnit.PERCENT, "94.2"),
        (".5", FigureUnit.PERCENT, "0.5"),
        ("1,234", FigureUnit.COUNT, "1234"),
        ("12,345,678.90", FigureUnit.POUNDS, "12345678.90"),
        ("£1,234", FigureUnit.POUNDS, "1234"),
        ("-£1,234", FigureUnit.POUNDS, "-1234"),
        ("£-1,234", FigureUnit.POUNDS, "-1234"),
        ("£ 1,234", FigureUnit.POUNDS, "1234"),
        ("−0.12", FigureUnit.SCORE, "-0.12"),
        ("- 0.12", FigureUnit.SCORE, "-0.12"),
        ("-0", FigureUnit.SCORE, "0"),
        ("93.33333333", FigureUnit.PERCENT, "93.3333"),
        ("Yes", FigureUnit.YES_NO, "1"),
        ("n", FigureUnit.YES_NO, "0"),
        ("007", FigureUnit.COUNT, "7"),
    ],
)
def test_parse_reads_what_people_write(typed, unit, value):
    assert parse_figure(typed, unit) == D(value)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("0.052", "0.052% may be meant as 5.2%: 0.1% is unusual for this school"),
        ("0.9", "0.9% is unusual for this school"),  # 90% would be unusual too.
    ],
)
def test_percentage_that_may_be_a_fraction_has_a_hint(typed, hint):
    (message,) = messages(check_line(ABSENCE, LineAsTyped(value=typed), USUAL))

    assert message.startswith(hint)


@pytest.mark.parametrize(
    ("typed", "unit", "message"),
    [
        ("", FigureUnit.PERCENT, "Enter a number, like 94.2"),
        ("%", FigureUnit.PERCENT, "Enter a number, like 94.2"),
        ("94,2", FigureUnit.PERCENT, "Use a full stop for decimals: “94.2”, not “94,2”"),
        ("12%", FigureUnit.DAYS, "This line is in days, not a percentage: leave out the % sign"),
        ("£12", FigureUnit.PERCENT, "This line is in per cent, not in pounds: leave out the £ sign"),
        ("£12", FigureUnit.COUNT, "This line is in whole numbers, not in pounds: leave out the £ sign"),
        ("1.2m", FigureUnit.POUNDS, "Write the number out in full, not “1.2m”"),
        ("(500)", FigureUnit.POUNDS, "Use a minus sign for a number below zero: “-500”, not “(500)”"),
        ("1,23,456", FigureUnit.POUNDS, "“1,23,456” is not a number: enter a number, like £1,234"),
        ("n/a", FigureUnit.PERCENT, "“n/a” is not a number: enter a number, like 94.2"),
        ("1e5", FigureUnit.COUNT, "“1e5” is not a number: enter a number, like 12"),
        ("nan", FigureUnit.SCORE, "“nan” is not a number: enter a number, like 4.5"),
        ("٣", FigureUnit.COUNT, "“٣” is not a number: enter a number, like 12"),
        ("1 23 4", FigureUnit.COUNT, "“1 23 4” is not a number: enter a number, like 12"),
        ("9" * 13, FigureUnit.COUNT, f"“{'9' * 13}” is too large"),
        ("maybe", FigureUnit.YES_NO, "Answer yes or no, not “maybe”"),
        ("1", FigureUnit.YES_NO, "Answer yes or no, not “1”"),
    ],
)
def test_parse_refuses_unreadable_text_with_a_message(typed, unit, message):
    with pytest.raises(UnreadableFigure) as caught:
        parse_figure(typed, unit)

    assert str(caught.value) == message


@given(
    value=st.decimals(-(10**9), 10**9, places=2),
    unit=st.sampled_from([u for u in FigureUnit if u is not FigureUnit.YES_NO]),
)
def test_parse_reads_back_what_a_page_prints(value, unit):
    printed = figure_in_words(value, unit, 2)
    bare = printed.removesuffix(f" {unit.label}") if unit is not FigureUnit.PERCENT else printed

    assert parse_figure(bare, unit) == value


@given(typed=st.text(max_size=30), unit=st.sampled_from(list(FigureUnit)))
def test_parse_returns_a_finite_number_or_a_message(typed, unit):
    try:
        value = parse_figure(typed, unit)
    except UnreadableFigure as fault:
        message = str(fault)
    else:
        message = ""
        assert value.is_finite()

    assert message or any(character.isdecimal() for character in typed) or unit is FigureUnit.YES_NO


def test_line_with_a_usual_figure_has_no_findings():
    checked = check_line(ABSENCE, LineAsTyped(value="5.2%"), USUAL)

    assert (checked.value, checked.findings, checked.may_submit) == (D("5.2"), (), True)


def test_line_is_computed_from_its_parts():
    checked = check_line(ABSENCE, LineAsTyped(numerator="2,912", denominator="56,000"), USUAL)

    assert (checked.value, checked.numerator, checked.denominator) == (D("5.2"), D(2912), D(56000))
    assert checked.may_submit


def test_line_with_a_figure_and_both_parts_keeps_the_exact_figure():
    checked = check_line(ABSENCE, LineAsTyped(value="5.3", numerator="2,940", denominator="56,000"))

    assert checked.value == D("5.25")
    assert checked.may_submit


def test_line_that_contradicts_its_parts_is_an_error():
    checked = check_line(ABSENCE, LineAsTyped(value="5.8", numerator="2,912", denominator="56,000"))

    assert messages(checked) == ["2,912 of 56,000 is 5.2%, not 5.8%"]
    assert not checked.may_submit


def test_figure_typed_in_whole_numbers_may_be_rounded():
    checked = check_line(ABSENCE, LineAsTyped(value="5", numerator="2,912", denominator="56,000"))

    assert checked.may_submit


@pytest.mark.parametrize(
    ("indicator", "entry", "field", "message"),
    [
        (ABSENCE, {"value": "101"}, "value", "101% is not possible here: enter a figure from 0% to 100%"),
        (ABSENCE, {"value": "-1"}, "value", "−1% is not possible here: enter a figure from 0% to 100%"),
        (ABSENCE, {"value": "lots"}, "value", "“lots” is not a number: enter a number, like 94.2"),
        (
            ABSENCE,
            {"numerator": "60", "denominator": "50"},
            "numerator",
            "“Sessions missed” cannot be more than “Sessions possible”",
        ),
        (ABSENCE, {"numerator": "60"}, "denominator", "Enter “Sessions possible” too, or clear both numbers"),
        (ABSENCE, {"denominator": "60"}, "numerator", "Enter “Sessions missed” too, or clear both numbers"),
        (
            ABSENCE,
            {"numerator": "0", "denominator": "0"},
            "denominator",
            "“Sessions possible” must be above zero; if it is zero, choose “Not applicable” instead",
        ),
        (
            ABSENCE,
            {"numerator": "-1", "denominator": "9"},
            "numerator",
            "“Sessions missed” cannot be below zero",
        ),
        (
            ABSENCE,
            {"numerator": "1.5", "denominator": "9"},
            "numerator",
            "“Sessions missed” must be a whole number",
        ),
        (OPEN_CASES, {"value": "1.5"}, "value", "This line is a count: enter a whole number"),
        (OPEN_CASES, {"numerator": "1"}, "numerator", "This line needs a single figure, not two numbers"),
    ],
)
def test_impossible_line_is_an_error(indicator, entry, field, message):
    checked = check_line(indicator, LineAsTyped(**entry))

    assert [(finding.level, finding.field, finding.message) for finding in checked.findings] == [
        (Severity.ERROR, field, message)
    ]


def test_figures_outside_0_to_100_may_be_submitted_where_they_are_possible():
    suspensions = check_line(SUSPENSIONS, LineAsTyped(numerator="130", denominator="100"))
    roll = check_line(ROLL, LineAsTyped(numerator="430", denominator="420"))
    deficit = check_line(BALANCE, LineAsTyped(numerator="-£42,000", denominator="£2,100,000"))

    assert [checked.may_submit for checked in (suspensions, roll, deficit)] == [True, True, True]
    assert (suspensions.value, deficit.value) == (D(130), D(-2))


def test_unusual_figure_asks_for_a_comment_that_answers_it():
    bare = check_line(ABSENCE, LineAsTyped(value="9.4"), USUAL)
    explained = check_line(ABSENCE, LineAsTyped(value="9.4", comment="Norovirus in November"), USUAL)

    assert messages(bare) == [
        "9.4% is unusual for this school (usually about 5.2%; 5 earlier figures were between 5.0% and 5.4%): "
        "check it, and say why in a comment"
    ]
    assert not bare.may_submit
    assert messages(explained) == messages(bare)
    assert explained.may_submit


def test_unusual_figure_after_equal_figures_says_that_they_were_equal():
    found = check_line(ABSENCE, LineAsTyped(value="9.4"), [D("4.8")] * 5).findings

    assert found[0].message.startswith("9.4% is unusual for this school (all 5 earlier figures were 4.8%)")


def test_short_history_compares_with_the_last_figure_only():
    checked = check_line(ABSENCE, LineAsTyped(value="7.4"), USUAL[:3])

    assert messages(checked) == ["7.4% is a long way from the last figure, 5.0%: check it, and say why in a comment"]
    assert check_line(ABSENCE, LineAsTyped(value="7.0"), USUAL[:3]).findings == ()
    assert check_line(ABSENCE, LineAsTyped(value="60"), []).findings == ()


def test_missing_line_needs_a_reason():
    nothing = check_line(ABSENCE, LineAsTyped())
    unexplained = check_line(ABSENCE, LineAsTyped(status=ValueStatus.TO_FOLLOW))
    explained = check_line(ABSENCE, LineAsTyped(status=ValueStatus.TO_FOLLOW, reason="Export on 3 December"))

    assert messages(nothing) == ["Enter a figure, or choose why there is no figure"]
    assert messages(unexplained) == ["To follow: say when it will follow"]
    assert (explained.value, explained.status, explained.may_submit) == (None, ValueStatus.TO_FOLLOW, True)


def test_reason_for_a_missing_figure_cannot_be_a_publishers_code():
    checked = check_line(ABSENCE, LineAsTyped(status=ValueStatus.SUPPRESSED, reason="Few pupils"))

    assert messages(checked) == ["You cannot choose “suppressed” in a return"]


def test_line_with_a_figure_and_a_reason_for_none_is_an_error():
    checked = check_line(ABSENCE, LineAsTyped(value="5.2", status=ValueStatus.NOT_COLLECTED, reason="No"))

    assert messages(checked) == ["Enter a figure, or choose why there is no figure, not both"]


def test_zero_is_a_figure():
    checked = check_line(OPEN_CASES, LineAsTyped(value="0"))

    assert (checked.value, checked.may_submit) == (D(0), True)


def test_figure_off_target_needs_all_three_texts_of_the_explanation():
    target = SchoolTarget(value=D(6), upper=None, tolerance=D("0.5"), provenance="set by the Board")
    explanation = Explanation(what="Up since October", why=" ")

    asked = check_line(ABSENCE, LineAsTyped(value="7.2", explanation=explanation), target=target)
    close = check_line(ABSENCE, LineAsTyped(value="6.4"), target=target)
    told = check_line(
        ABSENCE, LineAsTyped(value="7.2", explanation=Explanation(what="a", why="b", what_next="c")), target=target
    )

    (red,) = asked.findings
    assert (red.level, red.field, asked.may_submit, asked.is_wrong) == (Severity.RED, "why", False, False)
    assert red.message == "7.2% against a target of 6.0% or less; 6.5% or less is close. Say why and what happens next"
    assert (close.may_submit, told.may_submit, told.findings) == (True, True, ())


def test_explanation_also_answers_an_unusual_figure():
    target = SchoolTarget(value=D(6), upper=None, tolerance=D("0.5"), provenance="set by the Board")
    told = Explanation(what="Year 3 was away", why="Norovirus", what_next="Nothing more: it is over")

    checked = check_line(
        ABSENCE, LineAsTyped(value="9.4", explanation=told), [D("5.1"), D("5.3"), D("5.0"), D("5.2")], target
    )

    assert [(finding.level, finding.answered) for finding in checked.findings] == [(Severity.QUERY, True)]


@given(
    history=st.lists(st.decimals(0, 100, places=1), min_size=4, max_size=12),
    value=st.decimals(0, 100, places=1),
    shift=st.decimals(-50, 50, places=1),
)
def test_adding_a_constant_to_all_figures_does_not_change_which_is_unusual(history, value, shift):
    rule = JumpRule(at_least=D(1), spreads=D("3.5"))

    here = why_unusual(value, history, rule)
    moved = why_unusual(value + shift, [figure + shift for figure in history], rule)

    assert (here is None) == (moved is None)


@given(
    history=st.lists(st.decimals(48, 52, places=1), min_size=5, max_size=12),
    wild=st.decimals(0, 100, places=1),
)
def test_extreme_figure_in_the_history_does_not_hide_another_unusual_figure(history, wild):
    rule = JumpRule(at_least=D(1), spreads=D("3.5"))

    assert why_unusual(D(75), [*history, wild], rule) is not None


@given(
    indicator=st.sampled_from([indicator for indicator in catalogue_indicators() if indicator.has_parts]),
    numerator=st.integers(0, 10**6),
    denominator=st.integers(1, 10**6),
)
def test_figure_from_parts_is_within_limits_or_refused(indicator, numerator, denominator):
    checked = check_line(indicator, LineAsTyped(numerator=str(numerator), denominator=str(denominator)))

    assert checked.may_submit == bool(
        checked.value is not None and indicator.limits.allow(checked.value) and not checked.findings
    )
    if checked.may_submit:
        computed = D(numerator) / denominator * indicator.unit.multiplier
        assert abs(checked.value - computed) <= D("0.0001")


@given(indicator=st.sampled_from(catalogue_indicators()), value=st.text(max_size=12), other=st.text(max_size=12))
def test_check_of_any_typed_text_raises_no_error(indicator, value, other):
    checked = check_line(indicator, LineAsTyped(value=value, numerator=other, denominator=value))

    assert checked.findings or checked.value is not None


def test_figure_has_no_upper_limit_if_the_limits_have_no_maximum():
    open_ended = replace(ABSENCE, limits=replace(ABSENCE.limits, maximum=None), jump=None)

    assert check_line(open_ended, LineAsTyped(value="180")).may_submit
    assert messages(check_line(open_ended, LineAsTyped(value="-1"))) == [
        "−1% is not possible here: enter a figure at least 0%"
    ]

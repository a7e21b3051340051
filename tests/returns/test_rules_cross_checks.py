from decimal import Decimal

import pytest

from returns.rules.cross_checks import (
    CrossCheckFault,
    LineCounts,
    cross_check_findings,
    cross_checks,
    read_cross_checks,
)

RULE = """
[[rule]]
name = "sum"
parts = ["AB2.numerator", "AB3.numerator"]
relation = "{relation}"
whole = "{whole}"
because = "an invented reason"
"""


def counts(numerator, denominator, **more):
    return LineCounts(numerator=Decimal(numerator), denominator=Decimal(denominator), **more)


def test_lines_that_agree_have_no_findings():
    assert cross_check_findings({"AB2": counts(40, 200), "AB3": counts(4, 200), "DIS6": counts(20, 80)}) == {}


def test_a_part_above_its_whole_is_asked_about_in_both_lines():
    found = cross_check_findings({"AB2": counts(40, 200), "AB3": counts(41, 200)})

    assert set(found) == {"AB2", "AB3"}
    (finding,) = found["AB3"]
    assert finding.message == (
        "“Pupils who missed 50% or more” in Severe absence (41) should be no more than "
        "“Pupils who missed 10% or more” in Persistent absence (40), "
        "because pupils who missed 50% are among those who missed 10%. "
        "Check both, or say why in a comment"
    )
    assert finding.stops


@pytest.mark.parametrize("commented", ["AB2", "AB3"])
def test_a_comment_on_either_line_answers_it(commented):
    lines = {
        "AB2": counts(40, 200, has_comment=commented == "AB2"),
        "AB3": counts(4, 190, has_comment=commented == "AB3"),
    }

    found = cross_check_findings(lines)

    assert not any(finding.stops for findings in found.values() for finding in findings)
    assert set(found) == {"AB2", "AB3"}


def test_line_without_parts_is_not_compared():
    missing = LineCounts(numerator=None, denominator=None)
    assert cross_check_findings({"AB2": missing, "AB3": counts(41, 200)}) == {}
    assert cross_check_findings({"AB3": counts(41, 200)}) == {}


@pytest.mark.parametrize(("relation", "asked"), [("at_most", False), ("equal", True)])
def test_several_parts_are_summed(relation, asked):
    rules = read_cross_checks(RULE.format(relation=relation, whole="AB2.denominator"))

    found = cross_check_findings({"AB2": counts(40, 200), "AB3": counts(4, 200)}, rules)

    assert bool(found) is asked
    exact = cross_check_findings({"AB2": counts(150, 200), "AB3": counts(50, 200)}, rules)
    assert exact == {}


@pytest.mark.parametrize(
    ("relation", "whole"), [("more_than", "AB2.denominator"), ("equal", "NO1.numerator"), ("equal", "HS2.numerator")]
)
def test_faulty_rule_is_named(relation, whole):
    with pytest.raises(CrossCheckFault, match="sum: "):
        read_cross_checks(RULE.format(relation=relation, whole=whole))


def test_the_rules_are_about_lines_of_one_return():
    for rule in cross_checks():
        assert rule.because
        assert len(rule.codes) > 1, rule.name

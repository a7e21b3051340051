import doctest
import re
from pathlib import Path

from kpis.rules.similar_schools import similarity_rules
from trajectories.rules.capacity import journeys
from trajectories.rules.in_year_figures import early_warning
from trajectories.rules.journey_rules import standard_rules
from trajectories.rules.rubric import standard_rubric
from trajectories.rules.warning_record import kept_record

README = Path(__file__).resolve().parents[2] / "trajectories" / "README.md"


def test_the_examples_run():
    failed, attempted = doctest.testfile(str(README), module_relative=False, encoding="utf-8")

    assert failed == 0
    assert attempted >= 20


def test_every_rule_has_its_number_in_the_readme():
    text = README.read_text(encoding="utf-8")
    numbered = set(re.findall(r"\*\*([STPDCJ]\d+[a-c]?)\*\*", text))
    rubric = standard_rubric()

    assert {rule.number for rule in standard_rules().rules} <= numbered
    assert {cap.number for cap in rubric.caps} <= numbered
    assert {each.number for each in rubric.suggestions} <= numbered


def test_every_threshold_and_quoted_number_in_the_readme_is_the_one_in_force():
    text = README.read_text(encoding="utf-8")

    for each in standard_rules().thresholds:
        assert f"| {each.code} | {each.value['secondary']:g} | {each.value['primary']:g} |" in text
    for letter, journey in journeys().items():
        assert f"| {letter} | {journey.name} | {journey.status} |" in text


def test_the_weights_of_similar_schools_in_the_readme_are_those_in_force():
    text = README.read_text(encoding="utf-8")

    for each in similarity_rules().features:
        assert any(
            f"| {each.weight:g} | `{code}`" in text or f"`{code}` (" in text for code in each.measures.values()
        ), each.code
    assert f"further away than {similarity_rules().far:g}" in text
    assert all(f"**N{number}**" in text for number in range(1, 9))
    for code, each in early_warning()["chances"].items():
        assert f"| {code} | {each['warning']:g} | {each['watch']:g} |" in text
    for each in kept_record():
        if each.thing != "interval":
            assert f"| {each.thing} | {each.schools:,} | {each.happened:.0%} | {each.warned:.0%} |" in text

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
    assert {suggestion.number for suggestion in rubric.suggestions} <= numbered


def test_every_threshold_and_quoted_number_in_the_readme_is_the_one_in_force():
    text = README.read_text(encoding="utf-8")

    for threshold in standard_rules().thresholds:
        assert f"| {threshold.code} | {threshold.value['secondary']:g} | {threshold.value['primary']:g} |" in text
    for letter, journey in journeys().items():
        assert f"| {letter} | {journey.name} | {journey.status} |" in text


def test_the_weights_of_similar_schools_in_the_readme_are_those_in_force():
    text = README.read_text(encoding="utf-8")

    for feature in similarity_rules().features:
        assert any(
            f"| {feature.weight:g} | `{code}`" in text or f"`{code}` (" in text for code in feature.measures.values()
        ), feature.code
    assert f"further away than {similarity_rules().far:g}" in text
    assert all(f"**N{number}**" in text for number in range(1, 9))
    for code, chance in early_warning()["chances"].items():
        assert f"| {code} | {chance['warning']:g} | {chance['watch']:g} |" in text
    for record in kept_record():
        if record.thing != "interval":
            assert f"| {record.thing} | {record.schools:,} | {record.happened:.0%} | {record.warned:.0%} |" in text

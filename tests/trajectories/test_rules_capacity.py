import json
from dataclasses import asdict

import pytest

from trajectories.rules.capacity import FLAGS, STATUSES, capacity_of, journeys
from trajectories.rules.rubric import standard_rubric

PHASES = [*standard_rubric().phases, None]


@pytest.mark.parametrize(
    ("letter", "status", "flags"),
    [
        ("A", "giver", ()),
        ("B", "giver", ()),
        ("C", "taker", ("openness_risk",)),
        ("D", "taker", ("awareness_risk",)),
        ("E", "giver", ("under_used",)),
        ("F", "giver", ()),
        ("G", "potential giver", ()),
        ("H", "taker", ()),
        ("none", "not placed", ()),
        (None, "not placed", ()),
    ],
)
def test_the_journey_decides(letter, status, flags):
    found = capacity_of(letter, "improve")

    assert (found.status, found.flags) == (status, flags)
    assert found.reason.endswith(".")


@pytest.mark.parametrize("letter", [*"ABCDEFGH", "none", None])
def test_a_school_in_stabilise_takes(letter):
    assert capacity_of(letter, "stabilise").status == "taker"


@pytest.mark.parametrize(("letter", "status"), [("A", "potential giver"), ("G", "potential giver"), ("C", "taker")])
def test_a_giver_in_repair_is_only_a_potential_giver(letter, status):
    assert capacity_of(letter, "repair").status == status


def test_a_giver_held_back_by_its_phase_is_not_under_used():
    assert "under_used" in capacity_of("E", "sustain").flags
    assert "under_used" not in capacity_of("E", "repair").flags
    assert "under_used" not in capacity_of("E", "sustain", has_offers=True).flags


def test_flags_follow_known_offers_and_needs_only():
    assert capacity_of("A", "sustain", has_offers=False).flags == ("under_used",)
    assert capacity_of("A", "sustain", has_offers=None).flags == ()
    assert capacity_of("H", "repair", has_needs=False).flags == ("asks_for_nothing",)
    assert capacity_of("H", "repair", has_needs=True).flags == ()


def test_every_journey_has_carters_words():
    assert list(journeys()) == list("ABCDEFGH")
    for journey in journeys().values():
        assert journey.question.endswith(("?", "."))
        assert journey.status in STATUSES
        assert set(journey.flags) <= set(FLAGS)
        assert journey.role
        assert journey.capacity


def test_an_unknown_letter_is_refused():
    with pytest.raises(ValueError, match="'Z' is not one of the eight journeys"):
        capacity_of("Z", "repair")


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("letter", [*"ABCDEFGH", "none", None])
def test_every_combination_has_a_status_a_rule_and_a_reason(letter, phase):
    found = capacity_of(letter, phase)

    assert found.status in STATUSES
    assert found.rule in {"C1", "C2", "C3", "C4"}
    assert json.loads(json.dumps(asdict(found)))["reason"]

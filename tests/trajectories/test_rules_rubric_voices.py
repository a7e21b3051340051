import pytest

from trajectories.rules.phase import suggest_levels
from trajectories.rules.rubric import standard_rubric
from trajectories.rules.rubric_voices import features_of, moved_lines, why_data_is_silent

RUBRIC = standard_rubric()


def at(phase, voice="trust", reason="Seen"):
    return {"phase": phase, "voice": voice, "reason": reason}


def test_a_line_has_a_feature_for_each_phase_and_says_which_wording_is_ours():
    features = features_of(RUBRIC.line("staffing"), RUBRIC)

    assert [feature.phase for feature in features] == ["stabilise", "repair", "improve", "sustain"]
    assert [feature.is_ours for feature in features] == [False, True, True, False]
    assert all(feature.text for feature in features)
    assert {feature.cap for feature in features} == {None}


def test_only_the_level_that_caps_the_school_has_a_cap():
    caps = {
        feature.phase: feature.cap and feature.cap.number for feature in features_of(RUBRIC.line("governance"), RUBRIC)
    }

    assert caps == {"stabilise": "P4b", "repair": None, "improve": None, "sustain": None}


@pytest.mark.parametrize("line", [line.code for line in RUBRIC.lines])
def test_the_data_is_silent_only_if_a_figure_or_a_rule_is_missing(line):
    everything = {suggestion.feature: 1.0 for suggestion in RUBRIC.suggestions}
    levels = suggest_levels(everything)
    heard = levels[line].reason if line in levels else ""

    assert why_data_is_silent(line, heard, RUBRIC) == (
        "" if heard else "No figures are used for this line: people judge it."
    )


def test_every_missing_figure_is_named():
    reason = why_data_is_silent("staffing", "", RUBRIC)

    assert "staff turnover in twelve months (rule D3) and sickness days" in reason


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ({}, {"finance": at("repair", "data")}, ("Finance: now Repair (the data suggests)",)),
        ({"finance": at("repair")}, {}, ("Finance: Repair, now has no level",)),
        (
            {"finance": at("repair")},
            {"finance": at("improve")},
            ("Finance: Repair, now Improve (the trust moderates)",),
        ),
        (
            {"finance": at("repair", "data")},
            {"finance": at("repair", "school")},
            ("Finance: Repair, now still Repair (the school judges)",),
        ),
        ({"finance": at("repair")}, {"finance": at("repair", reason="Other words")}, ()),
    ],
)
def test_a_move_is_another_phase_or_voice_and_not_another_wording(before, after, moves):
    assert moved_lines(before, after, RUBRIC) == moves


def test_moves_are_in_the_rubrics_order():
    before, after = {}, {"finance": at("repair"), "leadership": at("repair")}

    assert [move.split(":")[0] for move in moved_lines(before, after, RUBRIC)] == ["Leadership", "Finance"]

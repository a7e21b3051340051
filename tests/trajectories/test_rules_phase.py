import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trajectories.rules.phase import VOICES, LineLevel, level_that_counts, propose_phase, suggest_levels
from trajectories.rules.rubric import standard_rubric

RUBRIC = standard_rubric()
LINES = [line.code for line in RUBRIC.lines]


def judged(phase: str, *, voice: str = "trust") -> LineLevel:
    return LineLevel(phase=phase, voice=voice, reason="Seen in June")


def everything(phase: str, **changes: str) -> dict[str, LineLevel]:
    return {code: judged(changes.get(code, phase)) for code in LINES}


@pytest.mark.parametrize("phase", RUBRIC.phases)
def test_a_school_whose_lines_all_agree_is_in_that_phase(phase):
    assert propose_phase(everything(phase)).phase == phase


def test_the_rubric_has_nine_lines_each_with_four_features():
    assert LINES == [
        "leadership", "governance", "external_support", "outcomes", "teaching", "behaviour", "staffing",
        "attendance", "finance",
    ]  # fmt: skip
    assert all(line.feature(phase) for line in RUBRIC.lines for phase in RUBRIC.phases)


def test_more_than_half_of_the_lines_must_have_reached_the_phase():
    five = everything("repair", **dict.fromkeys(LINES[:5], "improve"))
    four = everything("repair", **dict.fromkeys(LINES[:4], "improve"))

    assert propose_phase(five).phase == "improve"
    assert propose_phase(four).phase == "repair"


def test_the_lines_that_hold_the_school_back_are_named():
    proposal = propose_phase(everything("improve", attendance="stabilise", staffing="repair", teaching="sustain"))

    assert proposal.phase == "improve"
    assert "attendance" in proposal.holding_back
    assert "teaching" not in proposal.holding_back
    assert "8 of 9" not in proposal.reason
    assert proposal.reason.startswith("7 of 9 judged lines are in Improve or beyond. Held back from Sustain by")


@pytest.mark.parametrize(("line", "rule"), [("leadership", "P4a"), ("governance", "P4b"), ("finance", "P4c")])
def test_leadership_governance_and_finance_cap_the_phase(line, rule):
    proposal = propose_phase(everything("sustain", **{line: "stabilise"}))

    assert (proposal.phase, proposal.uncapped, proposal.rule) == ("stabilise", "sustain", "P4")
    assert proposal.caps[0].startswith(rule)
    assert "caps the phase at Stabilise" in proposal.reason
    assert proposal.holding_back == (line,)


@pytest.mark.parametrize("line", ["attendance", "behaviour", "staffing", "teaching"])
def test_other_lines_do_not_cap(line):
    assert propose_phase(everything("sustain", **{line: "stabilise"})).phase == "sustain"


@pytest.mark.parametrize("count", range(5))
def test_with_too_few_lines_the_refusal_says_how_many_are_needed(count):
    proposal = propose_phase(dict(list(everything("improve").items())[:count]))

    assert (proposal.phase, proposal.rule) == (None, "P2")
    assert "5 of the 9 lines must be judged" in proposal.reason
    assert len(proposal.missing) == 9 - count


@pytest.mark.parametrize("line", ["leadership", "outcomes"])
def test_leadership_and_outcomes_must_be_judged(line):
    levels = everything("improve")
    del levels[line]

    assert propose_phase(levels).phase is None
    assert line in propose_phase(levels).reason


def test_an_unjudged_line_is_not_a_weak_line():
    levels = everything("sustain")
    del levels["finance"]

    assert propose_phase(levels).phase == "sustain"
    assert propose_phase(levels).missing == ("finance",)


@pytest.mark.parametrize(
    "levels",
    [
        {"catering": judged("repair")},
        {"finance": judged("outstanding")},
        {"finance": judged("repair", voice="parent")},
    ],
)
def test_an_unknown_line_phase_or_voice_is_refused(levels):
    with pytest.raises(ValueError, match=r"not a line|not a phase and a voice"):
        propose_phase(levels)


@pytest.mark.parametrize(
    ("feature", "value", "line", "phase"),
    [
        ("band", 0.5, "outcomes", "stabilise"),
        ("band", 1.0, "outcomes", "repair"),
        ("band", 2.5, "outcomes", "improve"),
        ("band", 3.0, "outcomes", "sustain"),
        ("absence_percentile", 14.0, "attendance", "stabilise"),
        ("absence_percentile", 14.1, "attendance", "repair"),
        ("absence_percentile", 71.0, "attendance", "sustain"),
        ("turnover", 25.0, "staffing", "stabilise"),
        ("turnover", 0.0, "staffing", "sustain"),
        ("sickness_days", 6.3, "staffing", "improve"),
        ("suspensions_ratio", 1.3, "behaviour", "repair"),
        ("reserves_percent", 0.0, "finance", "stabilise"),
        ("reserves_percent", 9.0, "finance", "sustain"),
    ],
)
def test_the_data_suggests_a_level_with_its_figure(feature, value, line, phase):
    level = suggest_levels({feature: value})[line]

    assert (level.phase, level.voice) == (phase, "data")
    assert level.reason.startswith("D")


def test_a_missing_figure_suggests_nothing():
    assert suggest_levels({"turnover": None, "band": float("nan")}) == {}


@pytest.mark.parametrize(
    ("feature", "value", "sentence"),
    [
        ("turnover", 17.0, "Staff turnover in twelve months: 17%. Improve is 10% to under 18%."),
        ("turnover", 17.6, "Staff turnover in twelve months: 17.6%. Improve is 10% to under 18%."),  # Not 18%.
        ("turnover", 25.0, "Staff turnover in twelve months: 25%. Stabilise is 25% or more."),
        ("turnover", 9.96, "Staff turnover in twelve months: 9.96%. Sustain is under 10%."),
        ("reserves_percent", -1.2, "Revenue reserves as a share of income: −1.2%. Stabilise is 0% or less."),
        ("reserves_percent", 0.04, "Revenue reserves as a share of income: 0.04%. Repair is above 0%, up to 5%."),
        ("reserves_percent", 9.0, "Revenue reserves as a share of income: 9.0%. Sustain is above 8%."),
    ],
)
def test_a_suggestion_says_its_figure_and_the_range_it_falls_in(feature, value, sentence):
    (level,) = suggest_levels({feature: value}).values()

    assert level.reason.split(": ", 1)[1] == sentence


def test_a_line_that_is_not_in_the_rubric_is_named():
    with pytest.raises(ValueError, match="'luck' is not a line"):
        standard_rubric().line("luck")


def test_two_figures_for_one_line_give_the_earlier_phase_and_both_reasons():
    level = suggest_levels({"turnover": 5.0, "sickness_days": 13.0})["staffing"]

    assert level.phase == "stabilise"
    assert "D3" in level.reason
    assert "D4" in level.reason


def test_an_unknown_figure_is_refused():
    with pytest.raises(ValueError, match="no rule reads catering"):
        suggest_levels({"catering": 3.0})


def test_the_trusts_voice_counts_before_the_schools_and_the_schools_before_the_datas():
    voices = {voice: judged("repair", voice=voice) for voice in VOICES}

    assert level_that_counts(voices).voice == "trust"
    assert level_that_counts(voices | {"trust": None}).voice == "school"
    assert level_that_counts({"data": voices["data"]}).voice == "data"
    assert level_that_counts({}) is None


def test_a_proposal_is_plain_json():
    proposal = propose_phase(everything("repair"))

    assert json.loads(json.dumps(asdict(proposal)))["levels"]["finance"]["phase"] == "repair"


@given(
    phases=st.lists(st.sampled_from(RUBRIC.phases), min_size=9, max_size=9),
    line=st.sampled_from(LINES),
    data=st.data(),
)
def test_order_changes_nothing_and_a_better_line_never_lowers_the_phase(phases, line, data):
    levels = {code: judged(phase) for code, phase in zip(LINES, phases, strict=True)}
    order = data.draw(st.permutations(LINES))
    better = RUBRIC.phases[min(RUBRIC.phases.index(levels[line].phase) + 1, 3)]

    before = propose_phase(levels).phase

    assert propose_phase({code: levels[code] for code in order}).phase == before
    after = propose_phase(levels | {line: judged(better)}).phase
    assert RUBRIC.phases.index(after) >= RUBRIC.phases.index(before)


def test_steps_of_a_figure_cover_every_value():
    turnover = next(rule for rule in RUBRIC.suggestions if rule.feature == "turnover")
    bounded = replace(turnover, steps=tuple({**step, "lower": 5.0, "upper": 10.0} for step in turnover.steps))
    rubric = replace(RUBRIC, suggestions=(bounded,))

    with pytest.raises(ValueError, match="no last step without a bound"):
        suggest_levels({"turnover": 11.0}, rubric=rubric)

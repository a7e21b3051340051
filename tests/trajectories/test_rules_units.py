import re
from pathlib import Path

import pytest

from trajectories.rules.areas import area_phase, areas
from trajectories.rules.capacity import PHASES, STATUSES, area_capacity, cause_of
from trajectories.rules.dimensions import dimensions, is_any
from trajectories.rules.measures import measures
from trajectories.rules.phase import LineLevel
from trajectories.rules.rubric import standard_rubric
from trajectories.rules.units import suggest_unit, unit_phase, unit_rubric

README = Path(__file__).resolve().parents[2] / "trajectories" / "README.md"
LINES = [line.code for line in unit_rubric().lines]


def seen(voice="trust", **phases):
    return {line: LineLevel(phase=phase, voice=voice, reason="Seen in May") for line, phase in phases.items()}


def test_a_unit_without_outcomes_or_teaching_has_no_phase():
    answer = unit_phase(trust=seen(leadership="sustain", curriculum="sustain", staffing="sustain"))

    assert answer.phase is None
    assert (answer.rule, answer.reason) == (
        "U2",
        "No phase is proposed yet: outcomes and teaching must be judged first.",
    )


def test_on_each_line_the_trusts_voice_counts_then_the_schools_then_the_datas():
    answer = unit_phase(
        data=seen("data", outcomes="stabilise"),
        school=seen("school", outcomes="improve", teaching="improve", staffing="improve"),
        trust=seen(teaching="repair"),
    )

    assert {line: (level.phase, level.voice) for line, level in answer.levels.items()} == {
        "outcomes": ("improve", "school"),
        "teaching": ("repair", "trust"),
        "staffing": ("improve", "school"),
    }
    assert (answer.phase, answer.rule) == ("improve", "U3")


def test_no_line_caps_a_unit():
    assert unit_phase(trust=seen(leadership="stabilise", **dict.fromkeys(LINES[:2], "sustain"))).phase == "sustain"


def test_a_line_of_the_schools_rubric_is_not_a_line_of_a_unit():
    with pytest.raises(ValueError, match="governance is not a line of a unit"):
        unit_phase(trust=seen(governance="improve"))


@pytest.mark.parametrize(
    ("percentile", "phase"),
    [(14.0, "stabilise"), (14.1, "repair"), (40.0, "repair"), (70.0, "improve"), (70.1, "sustain")],
)
def test_published_progress_suggests_a_phase_by_its_steps(percentile, phase):
    (level,) = suggest_unit({"Mathematics progress": percentile}, year=2019).values()

    assert (level.phase, level.voice) == (phase, "data")
    assert level.reason.endswith("Mathematics progress, 2018–19.")


def test_a_measure_without_a_figure_is_left_out_of_the_mean():
    assert suggest_unit({"Reading progress": 60.0, "Writing progress": None}, year=2019)["outcomes"].phase == "improve"


def test_every_areas_line_and_measures_exist():
    for area in areas().values():
        assert not area.line or standard_rubric().line(area.line)
        assert set(area.measures) <= set(measures())


def test_an_area_takes_the_earliest_of_its_units_before_the_schools_own_line():
    levels = {"attendance": LineLevel(phase="sustain", voice="data", reason="D2")}
    attendance = areas()["attendance"]

    assert area_phase(attendance, [], levels).phase == "sustain"
    assert area_phase(attendance, [("Year 7", "repair"), ("Year 8", "improve")], levels).phase == "repair"


def test_the_earliest_units_are_named():
    science = [("Physics", "repair"), ("Biology", "improve"), ("Chemistry", "repair")]

    says = area_phase(areas()["science"], science, {}).says

    assert says == "Chemistry and Physics are in Repair, the earliest phase of its units."


def test_a_unit_with_too_little_evidence_does_not_count_as_weak():
    answer = area_phase(areas()["science"], [("Biology", ""), ("Physics", "improve")], {})

    assert answer.phase == "improve"
    assert area_phase(areas()["science"], [("Biology", "")], {}).says == "There is too little evidence about Biology."


def test_every_combination_gives_the_answer_in_the_readmes_table():
    rows = re.findall(r"^\| \*\*(C\d+)\*\* \| (.+?) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", README.read_text(), re.M)
    assert [row[0] for row in rows] == ["C7", "C8", "C9", "C10", "C11"]
    for number, phase, gives, could, takes, crisis in rows:
        area = "" if phase == "no phase" else phase.lower()
        for school in STATUSES:
            for of_school in ("", *PHASES):
                expected = {"giver": gives, "potential giver": could}.get(school, takes)
                answer = area_capacity(school, of_school, area)
                assert answer.status == (crisis if of_school == "stabilise" else expected), (number, school, of_school)
                assert answer.rule == number


@pytest.mark.parametrize("given", [("donor", "", ""), ("giver", "perfect", ""), ("giver", "", "perfect")])
def test_an_unknown_status_or_phase_is_refused(given):
    with pytest.raises(ValueError, match="are not a status and two phases"):
        area_capacity(*given)


def test_the_cause_names_every_input_that_changed_and_nothing_else():
    before, after = {"letter": "F", "phase": "improve", "area_phase": ""}, {"letter": "D", "phase": "improve"}

    assert (
        cause_of(before, after | {"area_phase": "repair"})
        == "Journey changed from F to D. Phase of the area changed from none to Repair."
    )
    assert cause_of(before, before) == ""


def test_there_are_five_dimensions_in_the_sources_words():
    assert len(dimensions()) == 5
    assert all(dimension.source_words and dimension.has and dimension.needs for dimension in dimensions().values())


def test_no_offer_is_known_only_when_all_five_dimensions_are_recorded():
    four = dict.fromkeys(list(dimensions())[:4], "none")

    assert is_any({}) is None
    assert is_any(four) is None
    assert is_any(four | {"collaboration": "none"}) is False
    assert is_any(four | {"collaboration": "some"}) is True
    with pytest.raises(ValueError, match="not levels"):
        is_any({"people": "plenty"})

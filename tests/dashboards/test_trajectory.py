"""Test the trajectory on a school's page: the engine's answer, a person's decision and the outlook."""

import pytest
from django.urls import reverse

from dashboards.queries.school_positions import school_positions
from dashboards.queries.trajectory import trajectory_section
from tests.dashboards.conftest import PLACEMENT
from tests.factories import NOON, UserFactory
from trajectories.actions import decide_journey
from trajectories.models import Outlook, Placement
from trusts.models import Role

PROBABILITIES = {"A": 0.0, "B": 0.05, "C": 0.0, "D": 0.02, "E": 0.3, "F": 0.61, "G": 0.012, "H": 0.0, "none": 0.008}


@pytest.fixture
def url(trust, school):
    return reverse("dashboards:school_detail", args=[trust.pk, school.pk])


@pytest.fixture
def answer(trust, school, in_scope, place):
    """Give the school an answer of the engine with probabilities."""

    def give(letter="F", **more):
        with in_scope(trust):
            place(school, letter)
            row = Placement.objects.get(school=school)
            points = [
                {"year": year, "percentile": percentile, "standard_error": 10.0, "measure": "P8MEA", "estimated": False}
                for year, percentile in ((2022, 48.0), (2024, 56.0))
            ]
            row.inputs["placement"] = PLACEMENT | {
                "letter": letter, "runner_up": "E", "probabilities": PROBABILITIES, "probability": 0.61,
                "likely": {"slope": 3.8, "level": 54.0}, "inputs": points, "rules_version": "2026-2",
            } | more  # fmt: skip
            Placement.objects.filter(pk=row.pk).update(inputs=row.inputs)

    return give


@pytest.fixture
def section(trust, school, in_scope):
    def read(outlooks=()):
        with in_scope(trust):
            return trajectory_section(school_positions([school])[0], outlooks)

    return read


def outlook(**fields):
    known = {"measure": "P8MEA", "school_year": 2025, "percentile": 52.0, "percentile_low80": 38.0,
             "percentile_high80": 66.0}  # fmt: skip
    return Outlook(**known | fields)


def test_nine_answers_are_in_order_in_words_and_numbers(answer, section):
    answer()

    shares = section().shares

    assert [share.letter for share in shares] == ["F", "E", "B", "D", "G", "none", "A", "C", "H"]
    assert (shares[0].words, shares[0].percent, shares[0].width) == ("about 3 in 5", "61%", 61)
    assert [share.mark for share in shares[:3]] == ["the engine’s answer", "next most probable", ""]
    assert (shares[-1].words, shares[-1].percent) == ("less than 1 in 30", "under 1%")
    assert section().sentence == (
        "The most probable journey is F, steady improver (61%); next comes E, steady and secure (30%)."
    )


def test_likely_shape_and_results_alone_are_separate(answer, section):
    answer()

    assert section().likely == "3.8 percentile points a year, around the national percentile 54"
    assert section().alone == "4.0 percentile points a year, around the national percentile 55"


def test_each_year_has_a_bar_for_its_uncertainty(answer, section):
    answer()

    own = section().chart.figure["data"][-1]

    assert own["error_y"]["array"] == pytest.approx([12.816, None, 12.816])
    assert "about 8 times in 10" in section().chart.key


def test_expected_result_is_drawn_and_described(answer, section):
    answer()

    chart = section([outlook()]).chart

    assert chart.sentence.endswith("The 52nd percentile is expected in 2024–25, likely between the 38th and the 66th.")
    assert "hollow" in chart.key


@pytest.mark.parametrize(
    "outlook_fields",
    [{"percentile": None}, {"school_year": 2024}, {"measure": "PTRWM_EXP"}, {"measure": ""}],
)
def test_chart_has_no_projection_without_a_later_forecast(answer, section, outlook_fields):
    answer()

    assert "expected" not in section([outlook(**outlook_fields)]).chart.sentence


def test_page_names_the_rule_the_runner_up_and_the_reference_lines(client, as_role, trust, answer, url):
    answer()
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(url).text

    assert "Rule T10." in text
    assert "Would be E if the slope were below 2.3" in text
    assert "Reference lines 2026-1</a>, rules 2026-2" in text
    assert "The results behind this placement" in text
    assert "Choose a different journey" not in text


def test_none_of_the_eight_asks_a_person_to_decide(client, as_role, trust, school, answer, url):
    answer("none", proposed="H")
    address = reverse("trajectories:journey_decide", args=[trust.pk, school.pk])
    as_role(Role.BOARD_MEMBER, trust)
    text = client.get(url).text
    assert "The rules propose H. A person needs to decide." in text
    assert address not in text

    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    assert address in client.get(url).text


def test_decision_comes_first_with_its_reason_and_the_engines_answer(
    client, as_role, trust, school, in_scope, answer, url
):
    answer()
    with in_scope(trust):
        decide_journey(
            trust_id=trust.pk, school=school, letter="G", reason="The new headteacher left after a term", at=NOON,
            by=UserFactory(name="Invented Director"),
        )  # fmt: skip
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(url).text

    assert "Decided: G, improver decliner" in text
    assert "by Invented Director on 3 November 2025. The new headteacher left after a term" in text
    assert "Sightline answers F, steady improver." in text
    assert "Rule T10." in text


def test_school_without_a_calculation_says_that_there_is_no_trajectory(client, as_role, trust, url):
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(url).text

    assert "No trajectory to draw" in text
    assert "How likely each journey is" not in text

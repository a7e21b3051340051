"""Deciding a school's journey, and where the decision is shown. tests/guards tests who may open the page."""

import csv
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.queries.report_judgements import trajectory_judgement
from tests.factories import NOON, UserFactory
from trajectories import tasks
from trajectories.actions import decide_journey
from trajectories.models import JourneyDecision, Placement
from trajectories.queries.journeys import journey_page
from trusts.models import Role


@pytest.fixture
def answer(trust, school, in_scope):
    """Let the engine answer."""

    def place(letter, at=NOON):
        with in_scope(trust):
            return Placement.objects.create(
                trust=trust, school=school, computed_at=at, reason="The rule says so: the slope is −4.0 points a year.",
                inputs={"placement": None, "standings": []}, engine_version="2", letter=letter, rule="T11",
                runner_up="Would be E if the slope were above −2.3.", reference_set="2026-1",
            )  # fmt: skip

    return place


@pytest.fixture
def decide(trust, school, in_scope):
    def keep(letter, reason="Mock results and a new headteacher", at=NOON):
        with in_scope(trust):
            return decide_journey(
                trust_id=trust.pk, school=school, letter=letter, reason=reason, at=at,
                by=UserFactory(name="Invented Director"),
            )  # fmt: skip

    return keep


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.recompute_school, "delay", lambda **ids: found.append(ids))
    return found


@pytest.fixture
def address(trust, school):
    return reverse("trajectories:journey_decide", args=[trust.pk, school.pk])


@pytest.fixture
def school_text(client, trust, school):
    return lambda: client.get(reverse("dashboards:school_detail", args=[trust.pk, school.pk])).text


def test_the_director_decides_and_the_school_is_recalculated(
    client, as_role, trust, school, in_scope, answer, sent, address, django_capture_on_commit_callbacks
):
    answer("D")
    director = as_role(Role.EXECUTIVE_DIRECTOR, trust)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address, {"letter": "F", "reason": "Mock results and a new headteacher"})

    assert response.url == reverse("dashboards:school_detail", args=[trust.pk, school.pk])
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    with in_scope(trust):
        row = JourneyDecision.objects.get()
        assert (row.letter, row.engine_letter, row.decided_by) == ("F", "D", director)
    assert "Journey decided: F, steady improver" in client.get(response.url).text


def test_the_form_marks_the_engines_answer_and_offers_to_withdraw_only_a_decision(
    client, as_role, trust, answer, decide, address
):
    answer("D")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    text = client.get(address).text
    assert "(Sightline’s answer)" in text
    assert "Withdraw the decision" not in text

    decide("F")
    text = client.get(address).text
    assert "(decided now)" in text
    assert "Withdraw the decision" in text
    assert "All decisions" in text
    assert "Invented Director" in text


def test_a_decision_is_withdrawn(client, as_role, trust, in_scope, answer, decide, sent, address):
    answer("D")
    decide("F")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    client.post(address, {"letter": "back", "reason": "The summer settled it"})

    with in_scope(trust):
        assert [row.letter for row in JourneyDecision.objects.order_by("pk")] == ["F", ""]


@pytest.mark.parametrize(
    ("typed", "messages"),
    [
        ({}, ["Choose a journey", "Say why"]),
        ({"letter": "Z", "reason": "Seen"}, ["Choose one of the journeys"]),
        ({"letter": "back", "reason": "Nothing was decided"}, ["Choose one of the journeys"]),
        ({"letter": "A", "reason": " "}, ["Say why"]),
    ],
)
def test_an_incomplete_decision_is_shown_again_with_its_errors(
    client, as_role, trust, in_scope, answer, sent, address, typed, messages
):
    answer("D")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(address, typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert all(message in response.text for message in messages)
    with in_scope(trust):
        assert not JourneyDecision.objects.exists()
    assert sent == []


def test_the_decision_counts_and_the_engines_answer_is_shown_with_it(as_role, trust, answer, decide, school_text):
    answer("D")
    decide("F")
    as_role(Role.BOARD_MEMBER, trust)

    text = school_text()

    assert "Steady improver" in text
    assert "Decided by a person. Sightline answers D, slow decliner." in text
    assert "Mock results and a new headteacher" in text


def test_a_new_answer_of_the_engine_after_the_decision_is_shown_and_listed_on_the_desk(
    client, as_role, trust, answer, decide, school_text
):
    answer("D")
    decide("F")
    desk = reverse("dashboards:desk", args=[trust.pk])
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    assert client.get(desk).context["page"].to_decide == []

    answer("E", at=NOON + timedelta(days=1))

    answer_changed = "answer has since changed from “D, slow decliner” to “E, steady and secure”."
    assert answer_changed in school_text()
    assert [place.letter for place in client.get(desk).context["page"].to_decide] == ["F"]


def test_a_school_on_none_of_the_eight_is_listed_on_the_desk_until_a_person_decides(
    client, as_role, trust, school, answer, decide, address
):
    answer("none")
    desk = reverse("dashboards:desk", args=[trust.pk])
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    response = client.get(desk)
    assert [place.school for place in response.context["page"].to_decide] == [school]
    assert address in response.text

    decide("H")
    assert client.get(desk).context["page"].to_decide == []


def test_the_board_shows_the_decision_and_the_file_has_both_letters(client, as_role, trust, answer, decide):
    answer("D")
    decide("F")
    as_role(Role.BOARD_MEMBER, trust)
    board = reverse("dashboards:board", args=[trust.pk])

    assert "decided; Sightline: D" in client.get(board).text
    [row] = csv.DictReader(client.get(board, {"format": "csv"}).text.splitlines())
    assert (row["Journey"], row["Journey by the engine"]) == ("F", "D")


def test_the_panel_report_says_who_decided_and_what_the_engine_answers(answer, decide):
    judgement = trajectory_judgement(answer("D"), decide("F"))

    assert (judgement.code, judgement.label) == ("F", "Steady improver")
    assert judgement.reason.startswith("The rule says so")
    assert judgement.details[0].startswith("Decided by a person. Sightline answers D, slow decliner. Mock results")
    assert "By Invented Director on" in judgement.details[0]


def test_what_changed_lists_decisions(as_role, trust, answer, decide, school_text):
    answer("D")
    decide("F", at=timezone.now())
    decide("", reason="Settled", at=timezone.now())
    as_role(Role.BOARD_MEMBER, trust)

    text = school_text()

    assert "The decided journey is now F, steady improver." in text
    assert "The decided journey is now Sightline&#x27;s answer, D, slow decliner." in text


def test_the_page_takes_two_queries(trust, school, in_scope, answer, decide, django_assert_num_queries):
    answer("D")
    decide("F")
    decide("G")
    with in_scope(trust), django_assert_num_queries(2):
        assert [what for what, _ in journey_page(school).steps] == [
            "Decided: G, improver decliner", "Decided: F, steady improver",
        ]  # fmt: skip

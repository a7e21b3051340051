"""The phase page and its judgements. tests/guards tests who may open them."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.urls import reverse

from kpis.models import Recomputation
from tests.factories import NOON, ObservationFactory, SchoolFactory, UserFactory
from trajectories import tasks
from trajectories.actions import judge_line, recompute_school
from trajectories.models import LineJudgement
from trajectories.queries.phases import phase_page
from trajectories.rules.rubric import standard_rubric
from trusts.models import Role

LINES = [line.code for line in standard_rubric().lines]


@pytest.fixture
def judge(trust, school, in_scope):
    """Record a judgement of the school by the named person."""

    def record(line, phase, *, voice="trust", reason="Seen in term", name="Invented Director", on=NOON, where=None):
        with in_scope(trust):
            judge_line(
                trust_id=trust.pk, school=where or school, line=line, voice=voice, phase=phase, reason=reason,
                by=UserFactory(name=name), at=on,
            )  # fmt: skip

    return record


@pytest.fixture
def work_out(trust, school, in_scope):
    def now(on=NOON):
        with in_scope(trust):
            recompute_school(trust_id=trust.pk, school=school, at=on)

    return now


@pytest.fixture
def sent(monkeypatch):
    """The messages that ask for a recomputation."""
    found = []
    monkeypatch.setattr(tasks.recompute_school, "delay", lambda **ids: found.append(ids))
    return found


@pytest.fixture
def page(client, trust, school):
    def get():
        return client.get(reverse("trajectories:phase_detail", args=[trust.pk, school.pk]))

    return get


def address(view, trust, school, line="leadership"):
    return reverse(f"trajectories:{view}", args=[trust.pk, school.pk, line])


def line_of(response, code):
    return next(judged for judged in response.context["page"].lines if judged.line.code == code)


def test_three_judgements_are_shown_side_by_side_and_the_trusts_counts(
    as_role, trust, school, in_scope, judge, work_out, page
):
    with in_scope(trust):
        for year in (2024, 2025):
            ObservationFactory(school=school, indicator__code="STF3", school_year=year, season=0, value=27)
    judge("staffing", "improve", voice="school", reason="Posts are filled", name="Invented Headteacher")
    judge("staffing", "repair", reason="Two posts by supply", name="Invented Director", on=NOON + timedelta(days=1))
    work_out()
    as_role(Role.BOARD_MEMBER, trust)

    response = page()

    staffing = line_of(response, "staffing")
    assert [voice.phase for voice in (staffing.data, staffing.school, staffing.trust)] == [
        "stabilise",
        "improve",
        "repair",
    ]
    assert staffing.counting == staffing.trust
    assert "D3: Staff turnover in twelve months: 27%. Stabilise is 25% or more." in response.text
    assert "Invented Headteacher, 3 November 2025" in response.text
    assert "Invented Director, 4 November 2025" in response.text
    assert response.text.count("This judgement counts") == 1


@pytest.mark.parametrize(("voices", "counts"), [(["school", "trust"], "trust"), (["school"], "school"), ([], None)])
def test_without_the_trusts_voice_the_schools_counts(as_role, trust, judge, work_out, page, voices, counts):
    for voice in voices:
        judge("governance", "repair", voice=voice)
    work_out()
    as_role(Role.BOARD_MEMBER, trust)

    counting = line_of(page(), "governance").counting

    assert (counting and counting.code) == counts


def test_only_the_newest_judgement_of_a_voice_counts(as_role, trust, judge, page):
    judge("behaviour", "improve", reason="Calm", on=NOON)
    judge("behaviour", "repair", reason="Less calm", on=NOON + timedelta(days=9))
    as_role(Role.BOARD_MEMBER, trust)

    behaviour = line_of(page(), "behaviour")

    assert (behaviour.trust.phase, behaviour.trust.reason) == ("repair", "Less calm")


def test_every_line_is_shown_with_its_features_and_why_no_figure_covers_it(as_role, trust, work_out, page):
    work_out()
    as_role(Role.BOARD_MEMBER, trust)

    response = page()

    for line in standard_rubric().lines:
        assert f'id="line-{line.code}"' in response.text
        assert line.feature("sustain").replace("'", "&#x27;") in response.text
    assert "No figures are used for this line: people judge it." in response.text
    assert "No figure yet for revenue reserves as a share of income (rule D6)." in response.text
    assert "Not moderated by the trust" in response.text
    assert "5 of the 9 lines must be judged, and none have been" in response.text
    assert "but not exclusively" in response.text


def test_the_proposal_is_shown_with_its_reason_its_cap_and_what_is_missing(as_role, trust, judge, work_out, page):
    for line in ("leadership", "outcomes", "teaching", "behaviour"):
        judge(line, "improve")
    judge("governance", "stabilise")
    work_out()
    as_role(Role.BOARD_MEMBER, trust)

    response = page()

    assert "P4b: Ineffective governance: nobody holds the school to account." in response.text
    assert "Without the cap it would be Improve." in response.text
    assert "by rule P4" in response.text
    assert "Lines holding the school back from Repair" in response.text
    assert [judged.code for judged in response.context["page"].holding_back] == ["governance"]
    missing = [judged.code for judged in response.context["page"].missing]
    assert missing == ["external_support", "staffing", "attendance", "finance"]
    assert "A line without a level is left out. It does not count as weak." in response.text


def test_history_shows_which_line_moved_when_and_leaves_out_changes_of_wording(as_role, trust, judge, work_out, page):
    for line in ("leadership", "outcomes", "teaching", "behaviour", "governance"):
        judge(line, "repair")
    work_out(NOON)
    judge("behaviour", "improve", on=NOON + timedelta(days=1))
    work_out(NOON + timedelta(days=1))
    judge("behaviour", "improve", reason="Still so", on=NOON + timedelta(days=2))
    work_out(NOON + timedelta(days=2))
    judge("leadership", "stabilise", on=NOON + timedelta(days=3))
    work_out(NOON + timedelta(days=3))
    as_role(Role.BOARD_MEMBER, trust)

    response = page()

    events = response.context["page"].events
    assert [(event.proposal.phase, event.was) for event in events] == [
        ("stabilise", "repair"),
        ("repair", "repair"),
        ("repair", None),
    ]
    assert events[0].moved == ("Leadership: Repair, now Stabilise (the trust moderates)",)
    assert "Since 6 November 2025" in response.text
    assert "Stabilise proposed, after Repair" in response.text
    assert "Repair still proposed" in response.text


def test_a_phase_that_is_being_recalculated_says_so(as_role, trust, judge, work_out, page):
    work_out()
    as_role(Role.BOARD_MEMBER, trust)
    assert "calculating the phase again" not in page().text

    judge("leadership", "repair")
    assert "calculating the phase again" in page().text


def test_a_school_without_a_proposal_says_so(as_role, trust, page):
    as_role(Role.BOARD_MEMBER, trust)

    response = page()

    assert response.status_code == HTTPStatus.OK
    assert "Not calculated yet" in response.text


def test_another_schools_judgements_are_not_this_schools(as_role, trust, judge, page):
    judge("leadership", "repair", reason="Of somewhere else", where=SchoolFactory(trust=trust))
    as_role(Role.BOARD_MEMBER, trust)

    assert "Of somewhere else" not in page().text


@pytest.mark.parametrize(
    ("role", "judges", "moderates"),
    [
        (Role.HEADTEACHER, True, False),
        (Role.EXECUTIVE_DIRECTOR, False, True),
        (Role.BOARD_MEMBER, False, False),
        (Role.LOCAL_GOVERNOR, False, False),
    ],
)
def test_people_are_offered_only_their_own_voice(as_role, trust, school, page, role, judges, moderates):
    as_role(role, trust, school if role in (Role.HEADTEACHER, Role.LOCAL_GOVERNOR) else None)

    text = page().text

    assert (address("line_judge", trust, school) + '"' in text) == judges
    assert (address("line_moderate", trust, school) + '"' in text) == moderates


def test_the_number_of_queries_does_not_grow_with_judgements(
    trust, in_scope, school, judge, work_out, django_assert_num_queries
):
    for line in LINES:
        judge(line, "repair", voice="school")
        work_out()
    for line in LINES:
        judge(line, "improve", on=NOON + timedelta(days=1))
        work_out()

    # The proposals; the decisions; the newest judgements with the people who judged; whether a recomputation is due.
    with in_scope(trust), django_assert_num_queries(4):
        page = phase_page(school)

    assert {judged.counting.code for judged in page.lines} == {"trust"}


@pytest.mark.parametrize(
    ("role", "view", "voice"),
    [(Role.HEADTEACHER, "line_judge", "school"), (Role.EXECUTIVE_DIRECTOR, "line_moderate", "trust")],
)
def test_a_judgement_is_recorded_in_the_persons_own_voice_and_recalculates_the_phase(
    client, as_role, trust, school, in_scope, sent, django_capture_on_commit_callbacks, role, view, voice
):
    user = as_role(role, trust, school if role == Role.HEADTEACHER else None)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            address(view, trust, school),
            {"phase": "repair", "reason": "New headteacher since January", "voice": "other"},
        )

    assert response.url == reverse("trajectories:phase_detail", args=[trust.pk, school.pk])
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    with in_scope(trust):
        row = LineJudgement.objects.get()
        assert (row.line, row.voice, row.phase) == ("leadership", voice, "repair")
        assert (row.reason, row.judged_by) == ("New headteacher since January", user)
        assert Recomputation.objects.stale().filter(school=school).exists()
    assert "Leadership recorded at Repair" in client.get(response.url).text


def test_a_judgement_is_kept_when_the_message_is_lost(
    client, as_role, trust, school, in_scope, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def away(**ids):
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(tasks.recompute_school, "delay", away)
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("line_moderate", trust, school), {"phase": "repair", "reason": "Seen"})

    assert response.status_code == HTTPStatus.FOUND
    with in_scope(trust):
        assert LineJudgement.objects.count() == 1
        assert Recomputation.objects.stale().exists()
    assert "the broker is away" in caplog.text


@pytest.mark.parametrize(
    ("typed", "messages"),
    [
        ({}, ["Choose a phase", "Say what you have seen"]),
        ({"phase": "repair", "reason": "   "}, ["Say what you have seen"]),
        ({"phase": "perfect", "reason": "Seen"}, ["Choose one of the four phases"]),
        ({"phase": "repair", "reason": "x" * 2001}, ["Reason must be 2,000 characters or fewer"]),
    ],
)
def test_an_incomplete_judgement_is_shown_again_and_nothing_is_lost(
    client, as_role, trust, school, in_scope, sent, typed, messages
):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(address("line_moderate", trust, school), typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "<title>Error: " in response.text
    assert all(message in response.text for message in messages)
    assert typed.get("reason", "") in response.text
    with in_scope(trust):
        assert not LineJudgement.objects.exists()
    assert sent == []


def test_the_form_shows_each_phases_text_the_judgements_so_far_and_the_caps(client, as_role, trust, school, judge):
    judge("leadership", "repair", reason="An acting headteacher", on=NOON)
    judge("leadership", "improve", reason="A headteacher was appointed", on=NOON + timedelta(days=30))
    judge("leadership", "improve", voice="school", reason="The team is whole")
    judge("governance", "repair", reason="Of another line")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.get(address("line_moderate", trust, school))

    line = standard_rubric().line("leadership")
    assert all(line.feature(phase) in response.text for phase in standard_rubric().phases)
    assert "P4a: the school can then be no further than Stabilise." in response.text
    assert "The team is whole" in response.text
    assert "A headteacher was appointed" in response.text
    assert [judgement.reason for judgement in response.context["earlier"]] == ["An acting headteacher"]
    assert "Of another line" not in response.text
    assert "checked" not in response.text


@pytest.mark.parametrize("view", ["line_judge", "line_moderate"])
def test_a_line_that_is_not_in_the_rubric_does_not_exist(client, as_role, trust, school, view):
    role = Role.HEADTEACHER if view == "line_judge" else Role.EXECUTIVE_DIRECTOR
    as_role(role, trust, school if role == Role.HEADTEACHER else None)

    assert client.get(address(view, trust, school, "luck")).status_code == HTTPStatus.NOT_FOUND
    assert client.post(address(view, trust, school, "luck"), {}).status_code == HTTPStatus.NOT_FOUND

"""Test how the Board decides on proposed targets."""

import csv
from decimal import Decimal

import pytest
from django.urls import reverse

from kpis.actions.targets import ProposedTarget, propose_targets
from kpis.models import Target, TargetProposal
from kpis.rules.typed_targets import TypedTarget
from tests.factories import NOON, ObservationFactory, SchoolFactory, UserFactory, given_away
from trusts.models import Role


@pytest.fixture
def url(trust):
    return reverse("dashboards:target_approvals", args=[trust.pk])


@pytest.fixture
def waiting(trust, school, score, in_scope):
    target = TypedTarget(value=Decimal("7.0"), upper=None, tolerance=Decimal("0.5"))
    proposed = [
        ProposedTarget(school=owner, code="AB1", school_year=2027, target=target, reason="Half way to the best of us")
        for owner in (school, SchoolFactory(trust=trust, name="Invented Ash"))
    ]
    with in_scope(trust):
        score(school, national=7.94, national_text="England, secondary schools, 2024–25, final: invented")
        return propose_targets(trust_id=trust.pk, proposed=proposed, by=UserFactory(name="Invented Director"), at=NOON)


def test_board_page_leads_to_the_proposed_targets(client, as_role, trust, school, waiting, url):
    as_role(Role.BOARD_MEMBER, trust)

    board = client.get(reverse("dashboards:board", args=[trust.pk])).text
    page = client.get(url).text

    assert f'href="{url}">2 targets</a> are waiting for your approval' in board
    assert "7.0%; within 0.5 percentage points is close" in page
    assert "9.3%" in page
    assert "National figure 7.9%. England, secondary schools, 2024–25, final: invented" in page
    assert "Half way to the best of us" in page
    assert "None set for this year" in page
    assert f"{school.name},{school.pk},Overall absence" in client.get(url, {"format": "csv"}).text


def test_page_needs_no_more_queries_for_more_proposals(client, as_role, trust, waiting, url, django_assert_num_queries):
    as_role(Role.BOARD_MEMBER, trust)
    with django_assert_num_queries(13):
        client.get(url)


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (
            {"value": "10", "numerator": 4, "denominator": 40},
            "Hidden: small number",
        ),  # The share is large, but only four pupils are absent.
        (
            {"value": "3", "numerator": 30, "denominator": 1000},
            "3.0%",
        ),  # The share is small, but thirty pupils are absent.
        ({"value": None, "status": "to_follow"}, "To follow"),
    ],
)
def test_small_or_missing_figure_is_explained(client, as_role, trust, school, score, url, in_scope, figure, shown):
    as_role(Role.BOARD_MEMBER, trust)
    made = {
        name: Decimal(figure_text) if name == "value" and figure_text else figure_text
        for name, figure_text in figure.items()
    }
    of_line = {name: made[name] for name in ("value", "status") if name in made}
    target = TypedTarget(value=Decimal("7.0"), upper=None, tolerance=Decimal("0.5"))
    group = ProposedTarget(school=school, code="AB13", school_year=2027, target=target, reason="As all pupils")
    with in_scope(trust):
        ObservationFactory(school=school, indicator=None, indicator_id="AB13", pupil_group="send", **made)
        counts = given_away("AB13", value=made["value"], numerator=made.get("numerator"))
        score(school, "AB13", **of_line, small_counts=counts, national=7.94, national_text="England: invented")
        propose_targets(trust_id=trust.pk, proposed=[group], by=UserFactory(), at=NOON)

    text, file = client.get(url).text, client.get(url, {"format": "csv"}).text

    for output in (text, file):
        assert shown in output
        assert "National figure 7.9%. England: invented" in output
        assert "10.0%" not in output


def test_proposed_targets_can_be_sorted_filtered_and_downloaded(client, as_role, trust, school, waiting, url, in_scope):
    target = TypedTarget(value=Decimal("80"), upper=None, tolerance=Decimal(0))
    finance = ProposedTarget(
        school=school, code="FIN1", school_year=2027, target=target, reason="Less is spent on agencies"
    )
    with in_scope(trust):
        propose_targets(trust_id=trust.pk, proposed=[finance], by=UserFactory(), at=NOON)
    as_role(Role.BOARD_MEMBER, trust)

    def shown(**query):
        found = [(row.proposal.school.name, row.indicator.code) for row in client.get(url, query).context["rows"]]
        file = list(csv.reader(client.get(url, query | {"format": "csv"}).text.splitlines()))[1:]
        assert [(row[0], row[3]) for row in file] == found
        return found

    ash, quay, money = ("Invented Ash", "AB1"), (school.name, "AB1"), (school.name, "FIN1")
    assert set(shown()) == {ash, quay, money}
    assert shown(sort="school")[0] == ash
    assert shown(sort="-indicator")[0] == money
    assert shown(area="finance") == [money]
    assert shown(school=str(school.pk), sort="indicator") == [quay, money]
    text = client.get(url, {"area": "finance"}).text
    assert "1 of 3 targets" in text
    assert 'href="?area=finance&amp;sort=school"' in text
    assert "No targets match" in client.get(url, {"area": "outcomes"}).text


def test_deciding_keeps_the_filters(client, as_role, trust, school, waiting, url, in_scope):
    as_role(Role.BOARD_MEMBER, trust)
    here = f"{url}?school={school.pk}"
    other = next(proposal for proposal in waiting if proposal.school_id != school.pk)

    outside = client.post(here, {"proposals": [other.pk], "decision": "decline", "reason": "Too low"})
    decided = client.post(here, {
        "proposals": [proposal.pk for proposal in waiting if proposal != other], "decision": "decline",
        "reason": "Too low",
    })  # fmt: skip

    assert outside.status_code == 422  # Nobody can decide on targets that the filters hide.
    assert decided["Location"] == here
    assert "No targets match" in client.get(here).text
    with in_scope(trust):
        assert TargetProposal.objects.get(state="waiting") == other


def test_all_shown_targets_can_be_chosen_at_once(client, as_role, trust, school, waiting, url):
    as_role(Role.BOARD_MEMBER, trust)

    everything = client.get(url, {"choose": "all"})
    one_school = client.get(url, {"choose": "all", "school": school.pk})

    assert everything.text.count(" checked") == 2
    assert 'href="?">Choose none</a>' in everything.text
    assert one_school.text.count(" checked") == 1
    assert 'href="?choose=all">Choose all shown</a>' in client.get(url).text


def test_board_approves_one_target_and_declines_another(
    client, as_role, trust, school, waiting, url, in_scope, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("dashboards.views.approvals.recompute_school.delay", lambda **ids: sent.append(ids))
    as_role(Role.BOARD_MEMBER, trust)
    first, second = waiting

    with django_capture_on_commit_callbacks(execute=True):
        approved = client.post(url, {"proposals": [first.pk], "decision": "approve"}, follow=True)
    bare = client.post(url, {"proposals": [second.pk], "decision": "decline"})
    declined = client.post(url, {"proposals": [second.pk], "decision": "decline", "reason": "Too low"}, follow=True)

    assert "You approved 1 target." in approved.text
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    assert bare.status_code == 422
    assert "Say why" in bare.text
    assert "You declined 1 target." in declined.text
    assert "No targets are waiting" in declined.text
    with in_scope(trust):
        assert Target.objects.get().school == school


@pytest.mark.parametrize("choice", [{"decision": "approve"}, {"decision": "approve", "proposals": ["0"]}])
def test_choosing_nothing_or_a_decided_target_decides_nothing(client, as_role, trust, waiting, url, in_scope, choice):
    as_role(Role.BOARD_MEMBER, trust)

    assert client.post(url, choice).status_code == 422
    with in_scope(trust):
        assert TargetProposal.objects.filter(state="waiting").count() == 2


def test_person_cannot_approve_their_own_proposal(client, as_role, trust, waiting, url, in_scope):
    trustee = as_role(Role.BOARD_MEMBER, trust)
    with in_scope(trust):
        TargetProposal.objects.update(proposed_by=trustee)

    text = client.post(url, {"proposals": [waiting[0].pk], "decision": "approve"}, follow=True).text

    assert "Another Board member has to decide" in text
    with in_scope(trust):
        assert not Target.objects.exists()

"""Test that each Board member gets one reminder about proposed targets."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from dashboards.tasks import send_reminders_of_trust
from followup.actions import OnlyOneWhoCanAct
from followup.models import Reminder
from kpis.actions.targets import ProposedTarget, approve_targets, propose_targets
from kpis.models import TargetProposal
from kpis.rules.typed_targets import TypedTarget
from schools.models import Season
from tests.dashboards.conftest import turn_off
from tests.factories import MembershipFactory, SchoolFactory, TermFactory, UserFactory
from trusts.models import Role

PROPOSED = datetime(2025, 11, 3, 15, 0, tzinfo=UTC)  # A Monday.
NEXT_MORNING = datetime(2025, 11, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def term(trust, in_scope):
    with in_scope(trust):
        return TermFactory(trust=trust)


@pytest.fixture
def board(trust, in_scope):
    people = [UserFactory(name=f"Invented Trustee {name}", email=f"{name}@example.org") for name in ("ada", "bob")]
    with in_scope(trust):
        for member in people:
            MembershipFactory(user=member, trust=trust, role=Role.BOARD_MEMBER)
    return people


@pytest.fixture
def propose(trust, school, in_scope):
    by = UserFactory(name="Invented Director")

    def made(*codes, at=PROPOSED, for_school=school):
        target = TypedTarget(value=Decimal(5), upper=None, tolerance=Decimal("0.5"))
        with in_scope(trust):
            about = [
                ProposedTarget(school=for_school, code=code, school_year=2026, target=target, reason="Halfway there")
                for code in codes
            ]
            return propose_targets(trust_id=trust.pk, proposed=about, by=by, at=at)

    return made


@pytest.fixture
def send(trust, monkeypatch, in_scope):
    with in_scope(trust):
        TermFactory(trust=trust)

    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)
        send_reminders_of_trust(trust_id=trust.pk)
        sent, mail.outbox[:] = list(mail.outbox), []
        return {email.to[0].split("@")[0]: email for email in sent}

    return at


def test_each_member_gets_one_reminder_the_next_morning(trust, school, board, propose, send, in_scope):
    propose("AB1", "AB2")

    assert send(PROPOSED + timedelta(minutes=5)) == {}
    told = send(NEXT_MORNING)
    assert set(told) == {"ada", "bob"}
    page = reverse("dashboards:target_approvals", args=[trust.pk])
    for letter in told.values():
        assert "2 targets for the Board to decide on, the latest proposed on 3 November." in letter.body
        assert page in letter.body
        assert f'{page}">Open the targets</a>' in letter.alternatives[0].content
    assert send(NEXT_MORNING + timedelta(hours=3)) == {}
    with in_scope(trust):
        assert set(Reminder.objects.values_list("kind", "since", "step")) == {("approve", "proposed", 1)}


def test_decided_targets_are_not_in_reminders(trust, board, propose, send, in_scope):
    made = propose("AB1")
    with in_scope(trust):
        approve_targets(trust_id=trust.pk, proposals=[proposal.pk for proposal in made], by=board[0], at=PROPOSED)
        assert not TargetProposal.objects.filter(state="waiting").exists()

    assert send(NEXT_MORNING) == {}


def test_later_proposals_get_another_reminder(board, propose, send):
    propose("AB1")
    send(NEXT_MORNING)
    propose("AB2", at=NEXT_MORNING)

    told = send(NEXT_MORNING + timedelta(days=1))
    assert "2 targets for the Board" in told["ada"].body


def test_targets_of_two_schools_are_one_task(trust, board, propose, send, in_scope):
    propose("AB1", "AB2")
    propose("AB1", for_school=SchoolFactory(trust=trust, name="Invented Cove School"))

    letter = send(NEXT_MORNING)["ada"]

    assert letter.subject == "You have 1 task in Sightline: Invented Harbour Trust"
    words = "Invented Cove School (1) and Invented Quay School (2): 3 targets for the Board to decide on"
    assert letter.body.count("for the Board to decide on") == letter.body.count(words) == 1
    with in_scope(trust):
        rows = Reminder.objects.filter(user=board[0]).values_list("school__name", "words")
        assert sorted(name for name, _ in rows) == ["Invented Cove School", "Invented Quay School"]
        assert all(sentence in letter.body for _, sentence in rows)


def test_new_term_sends_no_reminder_again(trust, board, propose, send, in_scope):
    propose("AB1", at=datetime(2025, 12, 5, 9, 0, tzinfo=UTC))
    assert set(send(datetime(2025, 12, 19, 9, 0, tzinfo=UTC))) == {
        "ada",
        "bob",
    }  # The term's last day, and the last step.
    with in_scope(trust):
        days = {"starts_date": date(2026, 1, 5), "ends_date": date(2026, 3, 27), "due_date": date(2026, 3, 20)}
        TermFactory(trust=trust, season=Season.SPRING, **days)

    assert send(datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) == {}


def test_lists_name_the_school_without_a_link_to_a_return(client, as_role, trust, school, board, propose, send):
    propose("AB1")
    send(NEXT_MORNING)
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    for name in ("followup:reminder_list", "dashboards:reminder_next"):
        html = client.get(reverse(name, args=[trust.pk]), {"kind": "approve"}).text
        assert "Invented Quay School: 1 target for the Board to decide on, proposed on 3 November." in html
        assert f"/schools/{school.pk}/returns/" not in html


def test_list_says_that_nobody_can_decide_without_a_board(client, as_role, trust, propose, send):
    propose("AB1")
    assert send(NEXT_MORNING) == {}
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    html = client.get(reverse("dashboards:reminder_next", args=[trust.pk]), {"kind": "approve"}).text

    assert "No one has a role that can act on it" in html


def test_member_can_turn_reminders_off_unless_they_are_the_last(trust, board, propose, send, in_scope):
    ada, bob = board
    with in_scope(trust):
        turn_off(ada, trust, at=PROPOSED)
        with pytest.raises(OnlyOneWhoCanAct):
            turn_off(bob, trust, at=PROPOSED)
    propose("AB1")

    assert set(send(NEXT_MORNING)) == {"bob"}

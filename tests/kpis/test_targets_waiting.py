"""The Board is told of targets that wait: each member, once, in the letter about everything."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from kpis.actions.reminders import OnlyOneWhoCanAct, choose_pace
from kpis.actions.targets import Proposed, approve_targets, propose_targets
from kpis.models import Reminder, TargetProposal
from kpis.rules.proposing import Wanted
from kpis.rules.reminders import Pace
from kpis.tasks import send_reminders_of_trust
from tests.factories import MembershipFactory, TermFactory, UserFactory
from trusts.models import Role

PROPOSED = datetime(2025, 11, 3, 15, 0, tzinfo=UTC)  # A Monday.
NEXT_MORNING = datetime(2025, 11, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def board(trust, in_scope):
    people = [UserFactory(name=f"Invented Trustee {name}", email=f"{name}@example.org") for name in ("ada", "bob")]
    with in_scope(trust):
        for each in people:
            MembershipFactory(user=each, trust=trust, role=Role.BOARD_MEMBER)
    return people


@pytest.fixture
def propose(trust, school, in_scope):
    by = UserFactory(name="Invented Director")

    def made(*codes, at=PROPOSED):
        wanted = Wanted(value=Decimal(5), upper=None, tolerance=Decimal("0.5"))
        with in_scope(trust):
            about = [
                Proposed(school=school, code=code, school_year=2026, wanted=wanted, reason="Half way") for code in codes
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
        return {each.to[0].split("@")[0]: each.body for each in sent}

    return at


def test_each_member_is_told_the_next_morning_and_once(trust, school, board, propose, send, in_scope):
    propose("AB1", "AB2")

    assert send(PROPOSED + timedelta(minutes=5)) == {}
    told = send(NEXT_MORNING)
    assert set(told) == {"ada", "bob"}
    for body in told.values():
        assert "2 targets wait for the Board’s approval, the last of them proposed on 3 November." in body
        assert reverse("dashboards:target_approvals", args=[trust.pk]) in body
    assert send(NEXT_MORNING + timedelta(hours=3)) == {}
    with in_scope(trust):
        assert set(Reminder.objects.values_list("kind", "since", "step")) == {("approve", "proposed", 1)}


def test_what_was_decided_is_not_told(trust, board, propose, send, in_scope):
    made = propose("AB1")
    with in_scope(trust):
        approve_targets(trust_id=trust.pk, proposals=[each.pk for each in made], by=board[0], at=PROPOSED)
        assert not TargetProposal.objects.filter(state="waiting").exists()

    assert send(NEXT_MORNING) == {}


def test_what_is_proposed_later_is_told_again(board, propose, send):
    propose("AB1")
    send(NEXT_MORNING)
    propose("AB2", at=NEXT_MORNING)

    told = send(NEXT_MORNING + timedelta(days=1))
    assert "2 targets wait" in told["ada"]


def test_who_turned_reminders_off_is_left_out_but_not_the_last(trust, board, propose, send, in_scope):
    ada, bob = board
    with in_scope(trust):
        choose_pace(trust=trust, pace=Pace.OFF, by=ada, on=PROPOSED.date(), at=PROPOSED)
        with pytest.raises(OnlyOneWhoCanAct):
            choose_pace(trust=trust, pace=Pace.OFF, by=bob, on=PROPOSED.date(), at=PROPOSED)
    propose("AB1")

    assert set(send(NEXT_MORNING)) == {"bob"}

"""Test emails about decisions: one email to the person who can act, for all decisions made together."""

from datetime import date, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from returns.actions.corrections import open_correction
from returns.actions.moderation import LineVerdict, accept_return, decide_lines
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.models import DecisionLetter, ReturnDecision
from returns.tasks import send_decision, send_waiting_decisions
from tests.factories import MembershipFactory, TermFactory, UserFactory
from trusts.models import Role


@pytest.fixture
def head(trust, school, in_scope):
    user = UserFactory(name="Invented Headteacher", email="head@example.org")
    with in_scope(trust):
        MembershipFactory(user=user, trust=trust, role=Role.HEADTEACHER, school_id=school.pk)
    return user


@pytest.fixture
def director(db):
    return UserFactory(name="Invented Director")


@pytest.fixture
def termly_return(trust, school, head, in_scope):
    now = timezone.now()
    with in_scope(trust):
        made = open_return(school=school, term=TermFactory(trust=trust), indicator_codes=["AB1", "STF3"])
        for line in made.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=6), version=0, by=head, at=now)
        return submit_return(termly_return=made, by=head, at=now)


@pytest.fixture
def decide(trust, termly_return, director, in_scope):
    def made(at=None, **reasons):
        verdicts = [LineVerdict(code=code, accepted=not why, reason=why) for code, why in reasons.items()]
        with in_scope(trust):
            return decide_lines(
                termly_return=termly_return, verdicts=verdicts, areas=None, by=director, at=at or timezone.now()
            )

    return made


def send(step):
    send_decision(trust_id=step.trust_id, school_id=step.school_id, decision_id=step.pk)


def test_headteacher_gets_one_email_with_every_reason(head, decide, trust, in_scope):
    step = decide(AB1="Check the codes", STF3="Count twelve months")

    send(step)
    send(step)

    (letter,) = mail.outbox
    assert letter.to == [head.email]
    assert letter.subject.endswith("sent back")
    for words in ("Invented Director", "Check the codes", "Count twelve months", "http://localhost/trusts/"):
        assert words in letter.body
        assert words in letter.alternatives[0].content
    with in_scope(trust):
        row = DecisionLetter.objects.get()
        assert (row.decision, row.sent_to) == (step, head.email)


def test_headteacher_gets_an_email_about_an_accepted_return_and_none_about_single_lines(decide):
    send(decide(AB1=""))
    assert mail.outbox == []

    send(decide(STF3=""))
    assert mail.outbox[0].subject.endswith("accepted")


@pytest.mark.parametrize(("opens", "letters"), [("head", 0), ("director", 1)])
def test_headteacher_gets_no_email_about_their_own_correction(
    trust, termly_return, head, director, in_scope, opens, letters
):
    by, now = {"head": head, "director": director}[opens], timezone.now()
    with in_scope(trust):
        accept_return(termly_return=termly_return, by=director, at=now)
        step = open_correction(termly_return=termly_return, codes=["AB1"], reason="A class was left out", by=by, at=now)

    send(step)

    assert len(mail.outbox) == letters


def test_headteacher_who_has_left_gets_no_email(trust, school, head, decide, in_scope):
    step = decide(AB1="Check the codes")
    new = UserFactory(email="new.head@example.org")
    with in_scope(trust):
        head.memberships.update(ends_date=date(2025, 1, 1))
        MembershipFactory(user=new, trust=trust, role=Role.HEADTEACHER, school_id=school.pk)

    send(step)

    assert mail.outbox[0].to == [new.email]


def test_school_without_a_headteacher_gets_no_email(trust, head, decide, in_scope):
    step = decide(AB1="Check the codes")
    with in_scope(trust):
        head.memberships.update(ends_date=date(2025, 1, 1))

    send(step)

    assert mail.outbox == []
    with in_scope(trust):
        assert DecisionLetter.objects.get().sent_to == ""


def test_email_is_tried_again_when_the_mail_server_is_down(decide, trust, in_scope, monkeypatch):
    step = decide(AB1="Check the codes")

    def away(*args):
        raise SMTPServerDisconnected

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    with pytest.raises(SMTPServerDisconnected):
        send(step)

    with in_scope(trust):
        assert not DecisionLetter.objects.exists(), "it is still to be sent"


@pytest.mark.parametrize(
    ("ago", "found"), [(timedelta(minutes=1), False), (timedelta(minutes=5), True), (timedelta(days=3), False)]
)
def test_sweep_sends_an_email_whose_task_was_lost(decide, monkeypatch, ago, found):
    step = decide(at=timezone.now() - ago, AB1="Check the codes")
    sent = []
    monkeypatch.setattr(send_decision, "delay", lambda **ids: sent.append(ids))

    send_waiting_decisions()

    ids = {"trust_id": step.trust_id, "school_id": step.school_id, "decision_id": step.pk}
    assert sent == ([ids] if found else [])
    assert step.step == ReturnDecision.Step.SENT_BACK


def test_every_headteacher_gets_the_email(trust, school, head, decide, in_scope):
    interim = UserFactory(email="interim.head@example.org", name="Ida Invented")
    with in_scope(trust):
        MembershipFactory(user=interim, trust=trust, role=Role.HEADTEACHER, school_id=school.pk)
    step = decide(AB1="Check the codes")

    send(step)

    (letter,) = mail.outbox
    assert letter.to == [head.email, interim.email]
    assert f"Dear {head.name} and Ida Invented" in letter.body
    with in_scope(trust):
        assert DecisionLetter.objects.get().sent_to == f"{head.email}, {interim.email}"

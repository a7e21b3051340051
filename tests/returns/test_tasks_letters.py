"""Letters about decisions: to the one person who can act, once for each round."""

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
    user = UserFactory(name="Invented Head", email="head@example.org")
    with in_scope(trust):
        MembershipFactory(user=user, trust=trust, role=Role.HEADTEACHER, school_id=school.pk)
    return user


@pytest.fixture
def director(db):
    return UserFactory(name="Invented Director")


@pytest.fixture
def of(trust, school, head, in_scope):
    now = timezone.now()
    with in_scope(trust):
        made = open_return(school=school, term=TermFactory(trust=trust), indicator_codes=["AB1", "STF3"])
        for line in made.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=6), version=0, by=head, at=now)
        return submit_return(termly_return=made, by=head, at=now)


@pytest.fixture
def decide(trust, of, director, in_scope):
    def made(at=None, **said):
        verdicts = [LineVerdict(code=code, accepted=not why, reason=why) for code, why in said.items()]
        with in_scope(trust):
            return decide_lines(termly_return=of, verdicts=verdicts, areas=None, by=director, at=at or timezone.now())

    return made


def send(step):
    send_decision(trust_id=step.trust_id, school_id=step.school_id, decision_id=step.pk)


def test_the_head_is_told_every_reason_in_one_letter_and_once(head, decide, trust, in_scope):
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


def test_an_accepted_return_is_told_and_some_accepted_lines_are_not(decide):
    send(decide(AB1=""))
    assert mail.outbox == []

    send(decide(STF3=""))
    assert mail.outbox[0].subject.endswith("accepted")


@pytest.mark.parametrize(("opens", "letters"), [("head", 0), ("director", 1)])
def test_a_correction_is_told_to_the_head_who_did_not_open_it(trust, of, head, director, in_scope, opens, letters):
    by, now = {"head": head, "director": director}[opens], timezone.now()
    with in_scope(trust):
        accept_return(termly_return=of, by=director, at=now)
        step = open_correction(termly_return=of, codes=["AB1"], reason="A class was left out", by=by, at=now)

    send(step)

    assert len(mail.outbox) == letters


def test_a_head_who_left_is_not_written_to(trust, school, head, decide, in_scope):
    step = decide(AB1="Check the codes")
    new = UserFactory(email="new.head@example.org")
    with in_scope(trust):
        head.memberships.update(ends_date=date(2025, 1, 1))
        MembershipFactory(user=new, trust=trust, role=Role.HEADTEACHER, school_id=school.pk)

    send(step)

    assert mail.outbox[0].to == [new.email]


def test_where_there_is_no_head_nothing_goes_out_and_nothing_is_tried_again(trust, head, decide, in_scope):
    step = decide(AB1="Check the codes")
    with in_scope(trust):
        head.memberships.update(ends_date=date(2025, 1, 1))

    send(step)

    assert mail.outbox == []
    with in_scope(trust):
        assert DecisionLetter.objects.get().sent_to == ""


def test_a_mail_server_that_is_away_is_tried_again(decide, trust, in_scope, monkeypatch):
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
def test_the_sweep_finds_a_letter_that_was_lost_on_its_way(decide, monkeypatch, ago, found):
    step = decide(at=timezone.now() - ago, AB1="Check the codes")
    sent = []
    monkeypatch.setattr(send_decision, "delay", lambda **ids: sent.append(ids))

    send_waiting_decisions()

    ids = {"trust_id": step.trust_id, "school_id": step.school_id, "decision_id": step.pk}
    assert sent == ([ids] if found else [])
    assert step.step == ReturnDecision.Step.SENT_BACK

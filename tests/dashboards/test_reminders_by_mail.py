"""Test reminders with a real mail server that accepts emails, refuses them, is slow or is down."""

import asyncio
import socket
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from dashboards.tasks import send_reminders_of_trust
from followup.models import Reminder, ReminderTurn
from tests.factories import MembershipFactory, SchoolFactory, TermFactory, UserFactory
from trusts.models import Role

MORNING = datetime(2025, 12, 9, 9, 0, tzinfo=UTC)  # Three days before the due date.
NAMES = ("Ann", "Bob", "Cleo")


class Mailbox:
    """The emails that the server accepts, and the answers it gives instead."""

    def __init__(self):
        self.letters, self.answers, self.slow = [], {}, 0.0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slow)
        if answer := self.answers.get("data"):
            return answer
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 Taken"

    @property
    def taken(self):
        return [address for to, _ in self.letters for address in to]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def term(trust, in_scope):
    with in_scope(trust):
        return TermFactory(trust=trust)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", free_port(), 2
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    yield controller
    if controller.loop.is_running():
        controller.stop()


@pytest.fixture
def mailbox(server):
    return server.handler


@pytest.fixture(autouse=True)
def headteachers(trust, in_scope, monkeypatch):
    """Three schools with headteachers, and returns that are due in three days."""
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    with in_scope(trust):
        TermFactory(trust=trust)
        for name in NAMES:
            user = UserFactory(name=f"Invented {name}", email=f"{name.lower()}@example.org")
            at = SchoolFactory(trust=trust, name=f"{name}’s Invented School")
            MembershipFactory(user=user, trust=trust, role=Role.HEADTEACHER, school_id=at.pk)


@pytest.fixture
def noted(trust, in_scope):
    def rows():
        with in_scope(trust):
            found = Reminder.objects.order_by("sent_to")
            return [(reminder.sent_to.split("@")[0], reminder.outcome, reminder.detail) for reminder in found]

    return rows


@pytest.fixture
def trouble(trust, in_scope):
    def words():
        with in_scope(trust):
            return ReminderTurn.objects.get().trouble

    return words


def send(trust):
    send_reminders_of_trust(trust_id=trust.pk)


SENT_TO_ALL = [("ann", "sent", ""), ("bob", "sent", ""), ("cleo", "sent", "")]


def test_emails_arrive_complete_in_one_connection(trust, mailbox, noted):
    send(trust)

    assert sorted(mailbox.taken) == ["ann@example.org", "bob@example.org", "cleo@example.org"]
    letter = next(letter for to, letter in mailbox.letters if to == ["ann@example.org"])
    assert letter["Subject"] == "You have 1 task in Sightline: Invented Harbour Trust"
    plain, html = (letter.get_body(preferencelist=(kind,)).get_content() for kind in ("plain", "html"))
    for text in (plain, html):
        assert "Ann’s Invented School, Autumn term 2025–26: the return is due in 3 days, on 12 December." in text
    assert noted() == SENT_TO_ALL


def test_nothing_is_lost_while_the_server_is_down(trust, server, mailbox, noted, trouble):
    server.stop()
    send(trust)
    assert noted() == []
    assert "refused" in trouble().lower()

    again = Controller(mailbox, hostname="127.0.0.1", port=server.port)
    again.start()
    try:
        send(trust)
        send(trust)
    finally:
        again.stop()

    assert len(mailbox.letters) == 3
    assert (noted(), trouble()) == (SENT_TO_ALL, "")


def test_refused_recipient_is_recorded_and_the_others_get_their_emails(trust, mailbox, noted):
    mailbox.answers["bob@example.org"] = "550 5.1.1 No such mailbox"

    send(trust)
    send(trust)

    assert sorted(mailbox.taken) == ["ann@example.org", "cleo@example.org"]
    assert noted() == [("ann", "sent", ""), ("bob", "refused", "550 5.1.1 No such mailbox"), ("cleo", "sent", "")]


def test_temporarily_refused_recipient_is_tried_again(trust, mailbox, noted, trouble):
    mailbox.answers["bob@example.org"] = "450 4.2.1 Try again later"
    send(trust)
    assert [to for to, *_ in noted()] == ["ann", "cleo"]

    mailbox.answers.clear()
    send(trust)

    assert sorted(mailbox.taken) == ["ann@example.org", "bob@example.org", "cleo@example.org"]
    assert (noted(), trouble()) == (SENT_TO_ALL, "")


def test_refused_email_does_not_stop_the_others(trust, mailbox, noted):
    mailbox.answers["data"] = "554 5.7.1 Looks like spam"

    send(trust)

    assert [outcome for _, outcome, _ in noted()] == ["refused"] * 3


def test_slow_server_times_out_and_is_tried_again(trust, mailbox, settings, noted, trouble):
    settings.EMAIL_TIMEOUT, mailbox.slow = 0.2, 1.0

    send(trust)

    assert noted() == []
    assert "timed out" in trouble()

    mailbox.slow = 0.0
    mailbox.letters.clear()
    send(trust)

    assert sorted(mailbox.taken) == ["ann@example.org", "bob@example.org", "cleo@example.org"]
    assert noted() == SENT_TO_ALL

"""Test accepting an invitation, sending it, and inviting a trust's first person."""

from contextlib import suppress
from datetime import date, timedelta
from smtplib import SMTPServerDisconnected
from urllib.parse import quote

import pytest
from django.core import mail, signing
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.connections import PATIENCE_SECONDS, at_the_same_time, wait_until_waiting
from tests.factories import MembershipFactory, SchoolFactory, TrustFactory, UserFactory
from tests.trusts.conftest import PASSWORD
from trusts import actions, tasks
from trusts.models import INVITATION_SALT, SCHOOL_ROLES, AuditEntry, Invitation, Membership, Role, User
from trusts.permissions import InvitationClosed, enter_by_invitation
from trusts.rules.role_days import RoleDaysRefused

NEW = {"name": "Ann Invented", "password": PASSWORD, "password_again": PASSWORD}


def url_of(invitation: Invitation) -> str:
    return reverse("invitation", args=[invitation.token()])


def signed_in_as(client) -> str | None:
    return client.session.get("_auth_user_id")


def test_page_names_the_inviter_the_trust_and_the_role(client, trust, school, colleague, make_invitation):
    invitation = make_invitation(role=Role.HEADTEACHER, school_id=school.pk, by=colleague)

    page = client.get(url_of(invitation)).text

    for words in (trust.name, "Headteacher", school.name, colleague.name, invitation.email):
        assert words in page


def test_new_person_chooses_a_password_and_is_signed_in(client, trust, in_scope, make_invitation):
    invitation = make_invitation()

    response = client.post(url_of(invitation), NEW)

    user = User.objects.get(email=invitation.email)
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert signed_in_as(client) == str(user.pk)
    assert user.check_password(PASSWORD)
    assert user.name == "Ann Invented"
    assert user.emailaddress_set.get().verified
    with in_scope(trust):
        membership = Membership.objects.get(user=user)
        entry = AuditEntry.objects.get(table="trusts_membership", row_id=membership.pk)
        assert (membership.role, membership.starts_date) == (Role.BOARD_MEMBER, timezone.localdate())
        assert entry.actor == f"invitation:{invitation.pk}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"password": "password1234", "password_again": "password1234"}, "too common"),
        ({"password": "new.head@example.org", "password_again": "new.head@example.org"}, "too similar"),
        ({"password": "Ann Invented", "password_again": "Ann Invented"}, "too similar"),
        ({"password_again": "five other words are here"}, "The two passwords are not the same"),
        ({"password": ""}, "Choose a password"),
        ({"name": ""}, "Enter your name"),
    ],
)
def test_weak_or_mistyped_password_creates_no_account(client, make_invitation, changes, words):
    invitation = make_invitation()

    assert words in client.post(url_of(invitation), NEW | changes).text
    assert not User.objects.filter(email=invitation.email).exists()
    assert signed_in_as(client) is None


def test_person_with_an_account_signs_in_to_accept(client, trust, in_scope, member, make_invitation):
    invitation = make_invitation(email=member.email)
    url = url_of(invitation)  # The signature includes the second it was made.

    page = client.get(url)
    assert f"{reverse('account_login')}?next={quote(url)}" in page.text
    assert "password" not in page.text  # No form to fill in.
    client.post(url, NEW)  # The link alone does not sign anyone in to an existing account.
    with in_scope(trust):
        assert not Membership.objects.filter(user=member).exists()
    assert signed_in_as(client) is None

    signed_in = client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD, "next": url})
    assert signed_in.url == url
    assert client.post(url).url == reverse("home")
    with in_scope(trust):
        assert Membership.objects.get(user=member).role == Role.BOARD_MEMBER
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


def test_another_signed_in_person_cannot_accept(client, trust, colleague, in_scope, make_invitation):
    invitation = make_invitation()
    client.force_login(colleague, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = client.get(url_of(invitation))
    client.post(url_of(invitation), NEW)

    assert f"You are signed in as {colleague.email}" in page.text
    assert not User.objects.filter(email=invitation.email).exists()
    assert signed_in_as(client) == str(colleague.pk)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("used", "already been accepted"),
        ("withdrawn", "withdrawn it"),
        ("renewed", "We have sent you a newer invitation"),
        ("expired", "It expired after 14 days"),
        ("unreadable", "Part of the link is missing"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_no_longer_works_says_why(client, trust, colleague, in_scope, make_invitation, state, words, method):
    now = timezone.now()
    invitation = make_invitation(at=now - timedelta(days=15) if state == "expired" else now)
    url = url_of(invitation)
    with in_scope(trust):
        if state == "used":
            actions.accept_invitation(invitation=invitation, password=PASSWORD, at=now)
        elif state == "withdrawn":
            actions.withdraw_invitation(invitation=invitation, at=now, by=colleague)
        elif state == "renewed":
            actions.renew_invitation(invitation=invitation, at=now + timedelta(days=1), by=colleague)
        before = Membership.objects.count()

    response = getattr(client, method)(url[:-5] + "xxxx/" if state == "unreadable" else url, NEW)

    assert response.status_code == 410
    assert words in response.text
    assert signed_in_as(client) is None
    with in_scope(trust):
        assert Membership.objects.count() == before


@pytest.mark.parametrize("content", [[1], {"a": 1}, 7, "text", [990101, 10**9, 1]])
def test_link_with_other_content_does_not_work(db, content):
    token = signing.dumps(content, salt=INVITATION_SALT)

    with transaction.atomic(), pytest.raises(InvitationClosed, match="unreadable"):
        enter_by_invitation(token, at=timezone.now())


def test_link_signed_for_another_purpose_does_not_work(make_invitation):
    invitation = make_invitation()
    token = signing.dumps([invitation.trust_id, invitation.pk, int(invitation.expires_at.timestamp())], salt="another")

    with transaction.atomic(), pytest.raises(InvitationClosed, match="unreadable"):
        enter_by_invitation(token, at=timezone.now())


def test_link_gives_access_to_one_trust_only(trust, other_trust, in_scope, make_invitation):
    invitation = make_invitation()
    with in_scope(other_trust):
        MembershipFactory(trust=other_trust)

    with transaction.atomic():
        enter_by_invitation(invitation.token(), at=timezone.now())
        assert not Membership.objects.exists()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            MembershipFactory(trust=other_trust)


def test_person_cannot_invite_themselves_or_renew_their_invitation(trust, colleague, in_scope, make_invitation):
    with pytest.raises(actions.InvitedOneself):
        make_invitation(email=colleague.email.upper(), by=colleague)

    mine = make_invitation(email=colleague.email)
    with pytest.raises(actions.InvitedOneself), in_scope(trust):
        actions.renew_invitation(invitation=mine, at=timezone.now(), by=colleague)


def test_renewed_invitation_is_in_the_name_of_whoever_renewed_it(trust, school, colleague, in_scope, make_invitation):
    invitation = make_invitation(role=Role.HEADTEACHER, school_id=school.pk)
    assert invitation.invited_by is None

    with in_scope(trust):
        actions.renew_invitation(invitation=invitation, at=timezone.now(), by=colleague)
        invitation.refresh_from_db()

    assert invitation.invited_by == colleague


def test_expired_invitation_and_password_for_an_existing_account_give_no_role(trust, member, in_scope, make_invitation):
    invitation = make_invitation(email=member.email)
    with in_scope(trust):
        with pytest.raises(actions.InvitationUsed):
            actions.accept_invitation(
                invitation=invitation, password=None, at=invitation.expires_at + timedelta(seconds=1)
            )
        with pytest.raises(actions.AccountExists):
            actions.accept_invitation(invitation=invitation, password=PASSWORD, at=timezone.now())
        assert not Membership.objects.exists()
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


GIVEN_ON = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("held_until", "asked_until", "expected"),
    [
        (date(2026, 6, 30), date(2026, 12, 31), [date(2026, 7, 1), date(2026, 12, 31)]),  # More time is a new row.
        (date(2026, 6, 30), None, [date(2026, 7, 1), None]),
        (date(2026, 6, 30), date(2026, 5, 1), None),  # They already have it for longer.
        (None, date(2026, 5, 1), None),
        (date(2026, 1, 31), None, [GIVEN_ON, None]),  # It has ended: it stays, and a new one starts.
    ],
)
def test_role_given_again_is_a_new_role_after_the_first(trust, in_scope, held_until, asked_until, expected):
    user = UserFactory()
    asked = {"trust": trust, "user": user, "role": Role.BUSINESS_MANAGER}
    with in_scope(trust):
        first = MembershipFactory(**asked, ends_date=held_until)
        given = None
        with suppress(actions.AlreadyHasRole):
            given = actions.give_role(**asked, starts_date=GIVEN_ON, ends_date=asked_until)

        assert (given and [given.starts_date, given.ends_date]) == expected
        first.refresh_from_db()
        assert first.ends_date == held_until


@pytest.mark.parametrize(("role", "days"), [(Role.IMPROVEMENT_PARTNER, 365), (Role.EXTERNAL_REVIEWER, 120)])
def test_role_for_a_limited_time_has_at_most_its_longest_time(trust, school, in_scope, role, days):
    school_id = school.pk if role in SCHOOL_ROLES else None
    asked = {"trust": trust, "user": UserFactory(), "role": role, "school_id": school_id, "starts_date": GIVEN_ON}
    with in_scope(trust):
        for last_day in (None, GIVEN_ON + timedelta(days=days + 1), date(9999, 12, 31)):
            with pytest.raises(RoleDaysRefused):
                actions.give_role(**asked, ends_date=last_day)
            with pytest.raises(IntegrityError, match="a role for a limited time"), transaction.atomic():
                Membership.objects.create(**asked, ends_date=last_day)

        assert actions.give_role(**asked, ends_date=GIVEN_ON + timedelta(days=days)).pk


def test_second_invitation_to_the_same_role_changes_nothing(client, trust, in_scope, make_invitation):
    first, second = make_invitation(), make_invitation()
    client.post(url_of(first), NEW)

    response = client.post(url_of(second))

    assert response.status_code == 302
    with in_scope(trust):
        assert Membership.objects.count() == 1
        assert Invitation.objects.open().count() == 0


def test_whoever_accepted_and_is_signed_in_goes_to_their_home_page(client, make_invitation):
    invitation = make_invitation()
    client.post(url_of(invitation), NEW)

    again = [client.post(url_of(invitation), NEW), client.get(url_of(invitation))]

    assert [(answer.status_code, answer.url) for answer in again] == [(302, reverse("home"))] * 2
    assert Client().get(url_of(invitation)).status_code == 410


def post_at_once(urls: list[str]) -> list[HttpResponse]:
    """Accept invitations on connections of their own, all while the address has an account that is then taken back."""
    with at_the_same_time() as start, transaction.atomic():
        UserFactory(email="new.head@example.org")
        sent = [start(Client().post, url, NEW) for url in urls]
        wait_until_waiting(len(urls))
        transaction.set_rollback(True)
    return sorted((work.result(PATIENCE_SECONDS) for work in sent), key=lambda response: response.status_code)


def test_invitation_accepted_twice_at_once_is_accepted_once(transactional_db, trust, in_scope, make_invitation):
    invitation = make_invitation()

    accepted, too_late = post_at_once([url_of(invitation)] * 2)

    assert (accepted.status_code, accepted.url) == (302, reverse("home"))
    assert too_late.status_code == 410
    assert "Your account is ready" in too_late.text
    assert reverse("account_login") in too_late.text
    with in_scope(trust):
        assert Membership.objects.get().user == User.objects.get(email=invitation.email)


def test_two_invitations_accepted_at_once_make_one_account(transactional_db, trust, in_scope, make_invitation):
    urls = [url_of(make_invitation()), url_of(make_invitation(role=Role.GOVERNANCE_PROFESSIONAL))]

    answers = post_at_once(urls)

    places = {response.url for response in answers}
    assert {response.status_code for response in answers} == {302}
    assert places < {reverse("home"), *urls}
    [asked] = places - {reverse("home")}
    assert "You already have an account. Sign in as" in Client().get(asked).text
    with in_scope(trust):
        assert Membership.objects.count() == User.objects.count() == 1


def test_invitation_is_sent_once_when_the_task_runs_twice(trust, make_invitation, mailoutbox):
    invitation = make_invitation()

    for _ in range(2):
        tasks.send_invitation(trust_id=trust.pk, invitation_id=invitation.pk)

    assert len(mailoutbox) == 1


def test_closed_invitation_is_not_sent(trust, colleague, in_scope, make_invitation, mailoutbox):
    invitation = make_invitation()
    with in_scope(trust):
        actions.withdraw_invitation(invitation=invitation, at=timezone.now(), by=colleague)

    tasks.send_invitation(trust_id=trust.pk, invitation_id=invitation.pk)

    assert mailoutbox == []


def test_sweep_sends_an_invitation_after_the_mail_server_was_down(
    trust, other_trust, in_scope, make_invitation, worker, mailoutbox, monkeypatch
):
    earlier = timezone.now() - timedelta(minutes=3)
    ours, just_made = make_invitation(at=earlier), make_invitation(email="c@example.org")
    with in_scope(other_trust):
        actions.invite(
            trust=other_trust, email="b@example.org", name="B", role=Role.BOARD_MEMBER, school_id=None, ends_date=None,
            at=earlier, by=None,
        )  # fmt: skip

    def hang_up(self, messages):
        raise SMTPServerDisconnected

    with monkeypatch.context() as away, pytest.raises(SMTPServerDisconnected):
        away.setattr(EmailBackend, "send_messages", hang_up)
        tasks.send_invitation.run(trust_id=trust.pk, invitation_id=ours.pk)
    with in_scope(trust, other_trust):
        assert set(Invitation.objects.values_list("sent_at", flat=True)) == {None}

    tasks.send_waiting_invitations()

    assert sorted(email.to[0] for email in mail.outbox) == ["b@example.org", ours.email]
    with in_scope(trust, other_trust):
        unsent = Invitation.objects.filter(sent_at__isnull=True)
        assert list(unsent) == [just_made], "its own task may still send it"


def test_invitation_email_escapes_typed_html(trust, make_invitation, mailoutbox):
    invitation = make_invitation(name="<b>Ann</b> & Co")

    tasks.send_invitation(trust_id=trust.pk, invitation_id=invitation.pk)

    assert "Dear <b>Ann</b> & Co" in mailoutbox[0].body
    assert "Dear &lt;b&gt;Ann&lt;/b&gt; &amp; Co" in mailoutbox[0].alternatives[0].content


def test_first_person_is_invited_from_the_command_line(client, trust, in_scope, capsys):
    call_command(
        "invite_person",
        trust=trust.pk, email="First@Example.org", name="First Person", role="trust_administrator",
    )  # fmt: skip
    link = capsys.readouterr().out.strip().splitlines()[-1]

    client.post(link.removeprefix("http://localhost"), NEW)

    with in_scope(trust):
        assert Membership.objects.get().user.email == "first@example.org"
    assert client.get(reverse("trusts:people", args=[trust.pk])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trust": 1}, "No trust with UID 1"),
        ({"email": "nonsense"}, "valid email"),
        ({"role": "headteacher"}, "give its URN with --school"),
        ({"school": 990999}, "leave out --school"),
        ({"role": "headteacher", "school": 990999}, "no school with URN 990999"),
        ({"role": "improvement_partner"}, "--ends"),
    ],
)
def test_wrong_command_is_explained(trust, in_scope, changes, words):
    asked = {"trust": trust.pk, "email": "a@example.org", "name": "A", "role": "board_member"} | changes

    with pytest.raises(CommandError, match=words):
        call_command("invite_person", **asked)

    with in_scope(trust):
        assert not Invitation.objects.exists()


def test_trust_that_does_not_use_sightline_cannot_have_people(db):
    listed = TrustFactory(is_tenant=False)

    with pytest.raises(CommandError, match="add_trust"):
        call_command("invite_person", trust=listed.pk, email="a@example.org", name="A", role="board_member")


def test_invitation_to_a_school_that_left_the_trust_gives_no_role(
    client, trust, other_trust, in_scope, make_invitation
):
    school = SchoolFactory(trust=trust)
    invitation = make_invitation(role=Role.LOCAL_GOVERNOR, school_id=school.pk)
    school.trust = other_trust
    school.save()

    answer = client.post(url_of(invitation), NEW)

    assert answer.status_code == 410
    assert "The school has left the trust" in answer.text
    with in_scope(trust):
        assert not Membership.objects.exists()

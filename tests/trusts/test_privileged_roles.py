"""Test that a second person confirms who becomes Board member, Executive Director or Trust Improvement Partner."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import MembershipFactory, UserFactory
from tests.page_text import PageTextClient
from tests.trusts.conftest import PASSWORD
from trusts import actions, tasks
from trusts.models import PRIVILEGED_ROLES, Invitation, Membership, Role, RoleNotice
from trusts.reasons import ReasonNeeded
from trusts.two_people import OwnDecision

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
A_MONTH = timedelta(days=30)
every_privileged_role = pytest.mark.parametrize("role", PRIVILEGED_ROLES)


@pytest.fixture
def administrator(as_role, trust):
    """The person who is signed in."""
    return as_role(Role.TRUST_ADMINISTRATOR, trust)


@pytest.fixture
def member(trust, in_scope):
    with in_scope(trust):
        return MembershipFactory(trust=trust, user__name="Bea Invented", role=Role.BOARD_MEMBER).user


@pytest.fixture
def member_client(member):
    client = PageTextClient()
    client.force_login(member, backend=BACKEND)
    return client


def invite(client, trust, role, **changes):
    asked = {"name": "Nia Invented", "email": "nia@example.org", "role": role, "reason": "Elected in October"}
    if role == Role.IMPROVEMENT_PARTNER:
        asked["ends_date"] = (timezone.localdate() + A_MONTH).isoformat()
    return client.post(reverse("trusts:invite", args=[trust.pk]), asked | changes)


@pytest.fixture
def invited(trust, in_scope):
    """Return the only invitation as it is now."""

    def read() -> Invitation:
        with in_scope(trust):
            return Invitation.objects.select_related("trust", "invited_by").get()

    return read


@every_privileged_role
def test_no_link_is_sent_or_works_before_a_board_member_confirms(
    client, administrator, member_client, trust, in_scope, invited, worker, mailoutbox,
    django_capture_on_commit_callbacks, role,
):  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        invite(client, trust, role)
    tasks.send_waiting_invitations()
    tasks.send_invitation(trust_id=trust.pk, invitation_id=invited().pk)
    link = reverse("invitation", args=[invited().token()])

    assert [email for email in mailoutbox if email.to == ["nia@example.org"]] == []
    assert "has to confirm it first" in Client().get(link).text
    with in_scope(trust), pytest.raises(actions.InvitationUnconfirmed):
        actions.accept_invitation(invitation=invited(), password=PASSWORD, at=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        confirm = reverse("trusts:invitation_confirm", args=[trust.pk, invited().pk])
        assert member_client.post(confirm).status_code == 302

    assert [email for email in mailoutbox if email.to == ["nia@example.org"]]
    new = {"name": "Nia Invented", "password": PASSWORD, "password_again": PASSWORD}
    assert Client().post(reverse("invitation", args=[invited().token()]), new).status_code == 302
    with in_scope(trust):
        given = Membership.objects.get(user__email="nia@example.org")
    assert (given.role, given.granted_by_id, given.confirmed_by_id, given.reason) == (
        role, administrator.pk, invited().confirmed_by_id, "Elected in October",
    )  # fmt: skip
    assert given.confirmed_by_id != administrator.pk


def test_executive_director_does_not_confirm_who_they_invited(client, as_role, trust, member, invited):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    invite(client, trust, Role.BOARD_MEMBER)
    people, confirm = client.get(reverse("trusts:people", args=[trust.pk])).text, invited().pk

    refused = client.post(reverse("trusts:invitation_confirm", args=[trust.pk, confirm]))

    assert refused.status_code == 403
    assert "Somebody else has to decide" in refused.text
    assert invited().confirmed_at is None
    assert "Waiting for Bea Invented to confirm it" in people
    assert "Confirm<span" not in people


def test_nobody_confirms_their_own_role(client, as_role, trust, colleague, in_scope, invited):
    director = as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        asked = {"trust": trust, "name": "Me", "school_id": None, "ends_date": None, "at": timezone.now()}
        actions.invite(**asked, email=director.email, role=Role.BOARD_MEMBER, by=colleague, reason="More")
        with pytest.raises(OwnDecision):
            actions.confirm_invitation(invitation=invited(), at=timezone.now(), by=director)


def test_invitation_to_a_privileged_role_needs_a_reason_and_is_confirmed_once(trust, member, colleague, in_scope):
    asked = {
        "trust": trust, "name": "Nia Invented", "email": "nia@example.org", "school_id": None, "ends_date": None,
        "role": Role.BOARD_MEMBER, "at": timezone.now(), "by": colleague,
    }  # fmt: skip
    with in_scope(trust):
        with pytest.raises(ReasonNeeded):
            actions.invite(**asked, reason=" ")
        assert not Invitation.objects.exists()
        invitation = actions.invite(**asked, reason="Elected in October")
        confirmed = actions.confirm_invitation(invitation=invitation, at=timezone.now(), by=member)
        with pytest.raises(actions.InvitationUsed):
            actions.confirm_invitation(invitation=invitation, at=timezone.now(), by=member)
        assert Invitation.objects.get().confirmed_at == confirmed.confirmed_at


def test_database_refuses_a_role_that_nobody_else_confirmed(client, administrator, member, trust, in_scope, invited):
    invite(client, trust, Role.BOARD_MEMBER)
    waiting, now = invited(), timezone.now()
    refused = [
        {"accepted_by": member, "accepted_at": now},
        {"confirmed_by": administrator, "confirmed_at": now},
        {"confirmed_by": member},
    ]
    with in_scope(trust):
        for change in refused:
            with pytest.raises(IntegrityError, match="confirmed"), transaction.atomic():
                Invitation.objects.filter(pk=waiting.pk).update(**change)
        for confirmed_by in (None, administrator, "oneself"):
            new = UserFactory()
            confirmed_by = new if confirmed_by == "oneself" else confirmed_by
            about = {"user": new, "granted_by": administrator, "confirmed_by": confirmed_by}
            with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
                MembershipFactory(trust=trust, role=Role.EXECUTIVE_DIRECTOR, **about)


def test_trust_administrator_sees_who_could_confirm_and_has_no_button(client, administrator, member, trust, invited):
    invite(client, trust, Role.EXECUTIVE_DIRECTOR)
    page = client.get(reverse("trusts:people", args=[trust.pk])).text

    assert "Waiting for Bea Invented to confirm it" in page
    assert "Confirm<span" not in page
    assert client.post(reverse("trusts:invitation_confirm", args=[trust.pk, invited().pk])).status_code == 403
    resend = client.post(reverse("trusts:invitation_resend", args=[trust.pk, invited().pk]), follow=True)
    assert "is waiting to be confirmed" in resend.text


def test_page_says_what_to_do_where_nobody_can_confirm(client, administrator, trust):
    invite(client, trust, Role.BOARD_MEMBER)

    page = client.get(reverse("trusts:people", args=[trust.pk])).text

    assert "Nobody else in Invented Harbour Trust can confirm it" in page
    assert "invite_person" in page


def test_board_member_is_led_from_the_board_page_to_the_roles_to_confirm(
    client, administrator, member_client, trust, invited
):
    board = reverse("dashboards:board", args=[trust.pk])
    assert "waiting for you to confirm" not in member_client.get(board).text
    invite(client, trust, Role.BOARD_MEMBER)

    assert "1 role</a> is waiting for you to confirm" in member_client.get(board).text
    page = member_client.get(reverse("trusts:role_requests", args=[trust.pk])).text
    assert "Elected in October" in page
    assert "Confirm<span" in page


def test_declined_invitation_is_closed(client, administrator, member_client, trust, invited):
    invite(client, trust, Role.BOARD_MEMBER)

    member_client.post(reverse("trusts:invitation_decline", args=[trust.pk, invited().pk]))

    assert invited().withdrawn_at is not None
    assert "No roles to confirm" in member_client.get(reverse("trusts:role_requests", args=[trust.pk])).text
    again = member_client.post(reverse("trusts:invitation_confirm", args=[trust.pk, invited().pk]), follow=True)
    assert "already accepted, confirmed or withdrawn" in again.text


def test_page_of_roles_to_confirm_declines_no_other_invitation(client, member_client, trust, make_invitation, invited):
    ordinary = make_invitation(role=Role.BUSINESS_MANAGER)

    refused = member_client.post(reverse("trusts:invitation_decline", args=[trust.pk, ordinary.pk]))

    assert refused.status_code == 404
    assert invited().withdrawn_at is None


@pytest.mark.parametrize("role", [Role.BOARD_MEMBER, Role.BUSINESS_MANAGER])
def test_reason_is_needed_for_a_privileged_role_and_for_more_time(client, administrator, trust, in_scope, role):
    if role not in PRIVILEGED_ROLES:
        with in_scope(trust):
            until = timezone.localdate() + A_MONTH
            MembershipFactory(trust=trust, user__email="nia@example.org", role=role, ends_date=until)

    assert "Say why they need" in invite(client, trust, role, reason=" ").text
    with in_scope(trust):
        assert not Invitation.objects.exists()
    assert invite(client, trust, role).status_code == 302


def test_every_change_of_a_privileged_role_is_mailed_to_all_who_hold_one(
    client, administrator, member, member_client, trust, in_scope, invited, worker, mailoutbox,
    django_capture_on_commit_callbacks,
):  # fmt: skip
    with in_scope(trust):
        partner = MembershipFactory(trust=trust, role=Role.IMPROVEMENT_PARTNER).user
        gone = MembershipFactory(trust=trust, ends_date=timezone.localdate() - timedelta(days=1)).user
    holders = {member.email, partner.email}

    def told(doing, *args) -> set[str]:
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            doing(*args)
        return {email.to[0] for email in mailoutbox if email.subject.startswith("A change of roles")}

    assert told(invite, client, trust, Role.BOARD_MEMBER) == holders
    confirm = reverse("trusts:invitation_confirm", args=[trust.pk, invited().pk])
    assert told(member_client.post, confirm) == holders
    new = {"name": "Nia Invented", "password": PASSWORD, "password_again": PASSWORD}
    link = reverse("invitation", args=[invited().token()])
    assert told(Client().post, link, new) == {*holders, "nia@example.org"}
    with in_scope(trust):
        given = Membership.objects.get(user__email="nia@example.org", trust=trust)
        other = MembershipFactory(trust=trust, role=Role.BUSINESS_MANAGER)
    later = {"ends": "later", "last_day": (timezone.localdate() + A_MONTH).isoformat()}
    for asked in (later, {"ends": "at_once"}):
        assert told(client.post, reverse("trusts:role_end", args=[trust.pk, given.pk]), asked) == {
            *holders, "nia@example.org",
        }  # fmt: skip
    assert told(client.post, reverse("trusts:role_end", args=[trust.pk, other.pk]), {"ends": "at_once"}) == set()
    assert gone.email not in holders


def test_sweep_sends_a_notice_whose_message_was_lost_once(client, administrator, member, trust, in_scope, mailoutbox):
    invite(client, trust, Role.BOARD_MEMBER)
    with in_scope(trust):
        RoleNotice.objects.update(made_at=timezone.now() - timedelta(minutes=3))

    for _ in range(2):
        tasks.send_role_notices(trust_id=trust.pk)

    assert [email.to for email in mailoutbox] == [[member.email]]


@every_privileged_role
def test_command_invites_a_trusts_first_with_each_privileged_role_once(trust, in_scope, capsys, role):
    asked = {"trust": trust.pk, "email": "a@example.org", "name": "A", "role": role.value}
    if role == Role.IMPROVEMENT_PARTNER:
        asked["ends"] = timezone.localdate() + A_MONTH

    call_command("invite_person", **asked)

    with pytest.raises(CommandError, match="invites only the first"):
        call_command("invite_person", **asked | {"email": "b@example.org"})
    with in_scope(trust):
        Invitation.objects.update(withdrawn_at=timezone.now())
        MembershipFactory(trust=trust, role=role)
    with pytest.raises(CommandError, match="invites only the first"):
        call_command("invite_person", **asked)


def test_people_page_says_who_invited_and_confirmed_whom(client, administrator, member, trust, in_scope):
    with in_scope(trust):
        about = {"granted_by": administrator, "granted_at": timezone.now(), "confirmed_by": member}
        MembershipFactory(trust=trust, role=Role.EXECUTIVE_DIRECTOR, user__name="Nia Invented", **about)
    url = reverse("trusts:people", args=[trust.pk])
    with CaptureQueriesContext(connection) as one:
        page = client.get(url)

    row = next(row for row in page.context["rows"] if row.name == "Nia Invented")
    assert (row.granted_by, row.confirmed_by) == (administrator.name, "Bea Invented")
    assert "confirmed by Bea Invented" in page.text
    with in_scope(trust):
        MembershipFactory.create_batch(3, trust=trust, role=Role.EXECUTIVE_DIRECTOR, **about)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(one)

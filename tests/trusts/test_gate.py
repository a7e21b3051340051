"""The gate in its parts: what somebody's roles add up to, what an invitation opens, and what a view is marked with."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from schools.permissions import requires_for_school
from tests.factories import MembershipFactory, ObservationFactory, TrustFactory, UserFactory
from trusts import actions, tenancy
from trusts.models import INVITATION_SALT, Invitation, Membership, Role, Trust
from trusts.permissions import (
    Access,
    InvitationClosed,
    Permission,
    access_for,
    enter_by_invitation,
    enter_for,
    memberships_of,
    requires,
)

TODAY = timezone.localdate


def access(*roles: Role) -> Access:
    return Access(trust=Trust(uid=990801), memberships=tuple(Membership(role=role) for role in roles))


# --- What roles add up to


def test_roles_are_those_of_every_membership():
    assert access(Role.HEADTEACHER, Role.BOARD_MEMBER).roles() == {Role.HEADTEACHER, Role.BOARD_MEMBER}


@pytest.mark.parametrize(
    ("roles", "areas"),
    [
        ([Role.BUSINESS_MANAGER], {"finance", "staffing"}),
        ([Role.EXECUTIVE_DIRECTOR], None),
        ([Role.BUSINESS_MANAGER, Role.EXECUTIVE_DIRECTOR], None),
        ([Role.BUSINESS_MANAGER, Role.BOARD_MEMBER], {"finance", "staffing"}),
        ([Role.BOARD_MEMBER], set()),
        ([], set()),
    ],
)
def test_the_areas_somebody_moderates_are_those_of_all_their_roles(roles, areas):
    assert access(*roles).areas_moderated() == areas


@pytest.fixture
def somebody(trust, in_scope):
    """A person with two roles in one trust and one in another, whose name comes first."""
    first = TrustFactory(name="Invented Abbey Trust")
    user = UserFactory()
    with in_scope(trust, first):
        MembershipFactory(trust=trust, user=user, role=Role.IMPROVEMENT_PARTNER)
        MembershipFactory(trust=trust, user=user, role=Role.BOARD_MEMBER)
        MembershipFactory(trust=first, user=user, role=Role.BUSINESS_MANAGER)
        MembershipFactory(trust=trust, user=user, role=Role.TRUST_ADMINISTRATOR, ends_date=TODAY() - timedelta(days=1))
        MembershipFactory(trust=trust, role=Role.EXECUTIVE_DIRECTOR)
    return user


IN_ORDER = ["business_manager", "improvement_partner", "board_member"]  # By the trust's name, then the older first.


def test_somebodys_memberships_are_their_current_ones_by_trust(somebody):
    with CaptureQueriesContext(connection) as captured:
        found = memberships_of(somebody, on=TODAY())
        names = [membership.trust.name for membership in found]

    assert [membership.role for membership in found] == IN_ORDER
    assert names == ["Invented Abbey Trust", "Invented Harbour Trust", "Invented Harbour Trust"]
    assert len(captured) == 2  # Who they are, and their memberships with the trusts.


def test_reading_memberships_opens_no_trust(somebody, trust):
    memberships_of(somebody, on=TODAY())

    assert list(Membership.objects.exclude(user=somebody)) == []


def test_access_knows_the_roles_in_this_trust_and_the_other_trusts_by_name(somebody, trust):
    with CaptureQueriesContext(connection) as captured:
        found = access_for(somebody, trust.pk, on=TODAY())
        names = [found_trust.name for found_trust in found.trusts]

    assert (found.trust, [membership.role for membership in found.memberships]) == (trust, IN_ORDER[1:])
    assert names == ["Invented Abbey Trust", "Invented Harbour Trust"]
    assert len(captured) == 2


def test_without_a_role_here_the_trust_is_not_even_confirmed_to_exist(somebody, other_trust):
    with pytest.raises(Http404) as missing:
        access_for(somebody, other_trust.pk, on=TODAY())

    assert str(missing.value) == "No current role in this trust"


def test_through_the_gate_somebody_still_reads_their_own_roles_elsewhere(rf, somebody, trust):
    request = rf.get("/")
    request.user = somebody

    enter_for(request, trust.pk, Permission.VIEW_TRUST)

    own = Membership.objects.filter(user=somebody).current(on=TODAY())
    assert sorted(membership.role for membership in own) == sorted(IN_ORDER)


# --- What a view is marked with, and what it answers


def test_a_view_behind_the_gate_says_which_permission_it_needs():
    def view(request, trust):
        """Answer."""

    gated, of_a_school = requires(Permission.SET_UP)(view), requires_for_school(Permission.VIEW_SCHOOL)(view)

    assert gated.permission is Permission.SET_UP
    assert not hasattr(gated, "for_school")
    assert (of_a_school.permission, of_a_school.for_school) == (Permission.VIEW_SCHOOL, True)
    assert gated.__name__ == of_a_school.__name__ == "view"


# --- What an invitation opens


def test_an_invitation_opens_its_trust_and_no_school(trust, school, in_scope, make_invitation):
    token = make_invitation().token()
    with in_scope(trust):
        ObservationFactory(school=school)

    found = enter_by_invitation(token, at=timezone.now())

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.trust_ids'), current_setting('app.school_ids')")
        assert cursor.fetchone() == (f"{{{trust.pk}}}", "{}")
        cursor.execute("SELECT current_setting('app.actor'), current_setting('app.user_id')")
        assert cursor.fetchone() == (f"invitation:{found.pk}", "0")
        cursor.execute("SELECT count(*) FROM kpis_observation")
        assert cursor.fetchone() == (0,)


def test_an_invitation_comes_with_its_trust_and_who_sent_it_in_one_read(trust, in_scope, make_invitation):
    token = make_invitation(role=Role.BUSINESS_MANAGER, by=UserFactory(name="Invented Director")).token()

    with CaptureQueriesContext(connection) as captured:
        found = enter_by_invitation(token, at=timezone.now())
        shown = (found.trust.name, found.invited_by.name)

    assert shown == ("Invented Harbour Trust", "Invented Director")
    assert len(captured) == 2  # The scope, and the invitation.


def test_an_invitation_can_be_accepted_up_to_the_moment_it_expires(make_invitation):
    invitation = make_invitation()

    assert enter_by_invitation(invitation.token(), at=invitation.expires_at) == invitation
    with pytest.raises(InvitationClosed) as closed:
        enter_by_invitation(invitation.token(), at=invitation.expires_at + timedelta(microseconds=1))
    assert closed.value.why == "expired"


def made_up(*content: object) -> str:
    return signing.dumps(list(content), salt=INVITATION_SALT)


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        signing.dumps([1, 2, 3], salt="another"),
        made_up(990801, 1),
        made_up(1, 2, 3, 4),
        made_up(990801, 0, 1),
    ],
    ids=["nonsense", "another salt", "too short", "too long", "no such invitation"],
)
def test_a_link_that_opens_nothing_is_unreadable(db, token):
    with pytest.raises(InvitationClosed) as closed:
        enter_by_invitation(token, at=timezone.now())

    assert closed.value.why == str(closed.value) == "unreadable"


def test_a_link_says_why_it_is_closed(trust, in_scope, make_invitation, colleague):
    used, withdrawn, renewed = (make_invitation(email=f"{name}@example.org") for name in ("a", "b", "c"))
    links = {"used": used.token(), "withdrawn": withdrawn.token(), "renewed": renewed.token()}
    at = timezone.now() + timedelta(hours=1)
    with in_scope(trust):
        actions.accept_invitation(invitation=used, password="five unrelated words here", at=at)
        actions.withdraw_invitation(invitation=withdrawn, at=at, by=colleague)
        actions.renew_invitation(invitation=renewed, at=at, by=colleague)

    found = {}
    for why, token in links.items():
        with pytest.raises(InvitationClosed) as closed, tenancy.scope([], actor="test"):
            enter_by_invitation(token, at=at)
        found[why] = closed.value.why
    with in_scope(trust):
        newest = Invitation.objects.get(pk=renewed.pk).token()

    assert found == {"used": "used", "withdrawn": "withdrawn", "renewed": "renewed"}
    assert enter_by_invitation(newest, at=at).pk == renewed.pk

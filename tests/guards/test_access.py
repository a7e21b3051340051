"""Request every URL as everyone who should be refused. A new view is tested, or fails here, from the start.

The views do not run: a stand-in answers instead, so that a 404 or 403 comes from the permission check and the other
arguments of a URL can be nonsense.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from config import accounts
from tests.addresses import EVERYTHING, Address
from tests.factories import MembershipFactory, SchoolFactory, UserFactory
from trusts import tenancy
from trusts.api import TrustScoped
from trusts.models import SCHOOL_ROLES, Role
from trusts.permissions import GRANTS

# Views that everyone may open, each with its reason.
PUBLIC_VIEWS = {
    "accessibility": "the accessibility statement",
    "privacy": "how personal data is used",
    "method": "how Sightline calculates its results",
    "health": "container health checks; says only ok",
    "invitation": "the signed link gives access, and only to accepting",
    "account_login": "sign-in",
    "account_inactive": "tells a person whose account is closed",
    "account_reset_password": "for people who cannot sign in",
    "account_reset_password_done": "for people who cannot sign in",
    "account_reset_password_from_key": "the key in the link gives access",
    "account_reset_password_from_key_done": "for people who cannot sign in",
    "mfa_authenticate": "the second step, before there is a session; without a first step it redirects to sign-in",
    "mfa_login_webauthn": "sign-in with a passkey",
    "socialaccount_login_cancelled": "the return from Microsoft or Google",
    "google_login": "sign-in; 404 while switched off",
    "google_callback": "sign-in; 404 while switched off",
    "microsoft_login": "sign-in; 404 while switched off",
    "microsoft_callback": "sign-in; 404 while switched off",
}
# Views for everyone who is signed in, about themselves or about nobody, each with its reason.
SIGNED_IN_VIEWS = {
    "home": "sends each person to the home page of their role",
    "api_schema": "has names of fields, no rows",
    "account_logout": "one's own session",
    "account_reauthenticate": "one's own session",
    "account_change_password": "one's own account",
    "mfa_index": "one's own account",
    "mfa_reauthenticate": "one's own session",
    "mfa_activate_totp": "one's own account",
    "mfa_deactivate_totp": "one's own account",
    "mfa_view_recovery_codes": "one's own account",
    "mfa_generate_recovery_codes": "one's own account",
    "mfa_download_recovery_codes": "one's own account",
    "mfa_list_webauthn": "one's own account",
    "mfa_add_webauthn": "one's own account",
    "mfa_edit_webauthn": "one's own account",
    "mfa_remove_webauthn": "one's own account",
    "mfa_reauthenticate_webauthn": "one's own session",
}
REACHED = 299  # No view of ours returns this status.


CLOSED = [address for address in EVERYTHING if address.view is accounts.closed]
GATED = [address for address in EVERYTHING if hasattr(address.view, "permission")]
FOR_SCHOOL = [address for address in GATED if hasattr(address.view, "for_school")]
VIEWSETS = [address for address in EVERYTHING if address.viewset and issubclass(address.viewset, TrustScoped)]
OTHERS = [address for address in EVERYTHING if address not in CLOSED + GATED + VIEWSETS]

every_gated = pytest.mark.parametrize("address", GATED, ids=lambda address: address.name)
every_for_school = pytest.mark.parametrize("address", FOR_SCHOOL, ids=lambda address: address.name)
every_viewset = pytest.mark.parametrize("address", VIEWSETS, ids=lambda address: address.name)
every_public = pytest.mark.parametrize(
    "address", [address for address in OTHERS if address.name in PUBLIC_VIEWS], ids=lambda address: address.name
)
every_signed_in = pytest.mark.parametrize(
    "address", [address for address in OTHERS if address.name in SIGNED_IN_VIEWS], ids=lambda address: address.name
)


def gate_of(view: Callable[..., HttpResponse]) -> Any:
    """Return the view with the permission check, without decorators such as ``require_POST``."""
    while not {"permission", "view"} <= set(view.__code__.co_freevars):
        view = view.__wrapped__  # type: ignore[attr-defined]
    return view


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, address: Address) -> None:
    """Replace a view, behind its permission check, with a stand-in that says it was reached."""
    gate = gate_of(address.view)
    cell = gate.__closure__[gate.__code__.co_freevars.index("view")]
    monkeypatch.setattr(cell, "cell_contents", lambda request, *args, **kwargs: HttpResponse(status=REACHED))


def answers(client: Client, path: str) -> set[int]:
    """Return the statuses of a GET and a POST, without "method not allowed". At least one of them is allowed."""
    found = {client.get(path).status_code, client.post(path).status_code} - {HTTPStatus.METHOD_NOT_ALLOWED}
    assert found, f"{path} allows neither GET nor POST"
    return found


def test_every_view_checks_a_permission_or_is_listed_with_a_reason():
    unlisted = {address.name for address in OTHERS} - set(PUBLIC_VIEWS) - set(SIGNED_IN_VIEWS)

    assert unlisted == set(), "add @requires to these views, or list them here with a reason"


def test_lists_have_no_stale_entries():
    names = {address.name for address in OTHERS}

    assert set(PUBLIC_VIEWS) <= names
    assert set(SIGNED_IN_VIEWS) <= names
    assert not set(PUBLIC_VIEWS) & set(SIGNED_IN_VIEWS)
    assert {*accounts.OPEN, *accounts.OPEN_WITH_PROVIDER} <= names


def test_every_kind_of_view_exists():
    assert len(GATED) > 5
    assert len(VIEWSETS) > 1
    assert len(CLOSED) > 5


@pytest.mark.parametrize("address", GATED + VIEWSETS, ids=lambda address: address.name)
def test_view_with_a_permission_has_the_trust_in_its_url(address):
    assert "trust_id" in address.arguments
    assert ("school_id" in address.arguments) == (address in FOR_SCHOOL)


@every_gated
def test_strangers_are_sent_to_sign_in(client, trust, school, stand_in, address):
    for response in (client.get(address.path(trust, school)), client.post(address.path(trust, school))):
        assert response.status_code == HTTPStatus.FOUND
        assert response.url.startswith(reverse("account_login"))


@every_gated
def test_people_without_a_role_in_the_trust_get_a_404(client, trust, other_trust, school, as_role, stand_in, address):
    client.force_login(UserFactory(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert answers(client, address.path(trust, school)) == {HTTPStatus.NOT_FOUND}

    as_role(Role.EXECUTIVE_DIRECTOR, other_trust)
    assert answers(client, address.path(trust, school)) == {HTTPStatus.NOT_FOUND}


@every_gated
def test_past_and_future_roles_give_no_access(client, trust, school, in_scope, stand_in, address):
    role = next(role for role in Role if address.view.permission in GRANTS[role])
    place = school.pk if role in SCHOOL_ROLES else None
    for days in ({"ends_date": "2021-08-31"}, {"starts_date": "2999-01-01"}):
        user = UserFactory()
        with in_scope(trust):
            MembershipFactory(user=user, trust=trust, role=role, school_id=place, **days)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

        assert answers(client, address.path(trust, school)) == {HTTPStatus.NOT_FOUND}


@every_gated
def test_each_role_reaches_exactly_what_it_is_granted(client, trust, school, as_role, stand_in, address):
    for role in Role:
        as_role(role, trust, school if role in SCHOOL_ROLES else None)

        expected = REACHED if address.view.permission in GRANTS[role] else HTTPStatus.FORBIDDEN
        assert answers(client, address.path(trust, school)) == {expected}, role


@every_gated
def test_private_pages_are_kept_out_of_caches(client, trust, school, as_role, stand_in, address):
    role = next(role for role in Role if address.view.permission in GRANTS[role])
    as_role(role, trust, school if role in SCHOOL_ROLES else None)

    answered = [client.get(address.path(trust, school)), client.post(address.path(trust, school))]

    reached = [response for response in answered if response.status_code == REACHED]
    assert reached
    assert all("no-store" in response.headers["Cache-Control"] for response in reached)


@every_for_school
def test_school_role_reaches_its_own_school_only(client, trust, school, as_role, stand_in, address):
    elsewhere = SchoolFactory(trust=trust)
    for role in SCHOOL_ROLES:
        as_role(role, trust, elsewhere)

        expected = HTTPStatus.NOT_FOUND if address.view.permission in GRANTS[role] else HTTPStatus.FORBIDDEN
        assert answers(client, address.path(trust, school)) == {expected}, role


@every_for_school
def test_school_of_another_trust_is_not_found(client, trust, other_trust, as_role, stand_in, address):
    theirs = SchoolFactory(trust=other_trust)
    for role in [role for role in Role if address.view.permission in GRANTS[role] and role not in SCHOOL_ROLES]:
        as_role(role, trust)

        assert answers(client, address.path(trust, theirs)) == {HTTPStatus.NOT_FOUND}, role


@every_gated
def test_view_reads_only_the_trust_and_schools_that_were_checked(
    client, trust, other_trust, school, as_role, monkeypatch, address
):
    """A person with roles in two trusts sees only the trust in the URL; a school role sees only its school."""
    seen = []
    gate = gate_of(address.view)
    cell = gate.__closure__[gate.__code__.co_freevars.index("view")]
    monkeypatch.setattr(cell, "cell_contents", lambda *args, **kwargs: seen.append(tenancy._read()) or HttpResponse())
    for role in [role for role in Role if address.view.permission in GRANTS[role]]:
        seen.clear()
        user = as_role(role, trust, school if role in SCHOOL_ROLES else None)
        with tenancy.scope([other_trust.pk], actor="test"):
            MembershipFactory(user=user, trust=other_trust, role=Role.EXECUTIVE_DIRECTOR)
        client.get(address.path(trust, school))
        client.post(address.path(trust, school))

        narrowed = role in SCHOOL_ROLES or address in FOR_SCHOOL
        schools = f"{{{school.pk}}}" if narrowed else "all"
        assert set(seen) == {(f"{{{trust.pk}}}", schools, str(user.pk), f"user:{user.pk}")}, role


@every_viewset
def test_viewset_refuses_the_same_people_as_a_view(client, trust, other_trust, school, as_role, address):
    path = address.path(trust, school)
    assert client.get(path).status_code == HTTPStatus.FORBIDDEN  # The API does not redirect to a sign-in page.

    as_role(Role.EXECUTIVE_DIRECTOR, other_trust)
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND

    for role in [role for role in Role if address.viewset.read_permission not in GRANTS[role]]:
        as_role(role, trust, school if role in SCHOOL_ROLES else None)
        assert client.get(path).status_code == HTTPStatus.FORBIDDEN, role


@every_public
def test_public_page_does_not_ask_for_sign_in(client, db, address):
    assert getattr(address.view, "login_required", True) is False

    response = client.get(address.path())

    assert response.status_code in (HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    assert f"next={address.path()}" not in response.headers.get("Location", "")


@every_signed_in
def test_other_pages_need_sign_in(client, db, address):
    for response in (client.get(address.path()), client.post(address.path())):
        if address.viewset:
            assert response.status_code == HTTPStatus.FORBIDDEN  # The API does not redirect to a sign-in page.
        else:
            assert response.status_code == HTTPStatus.FOUND
            assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("address", CLOSED, ids=lambda address: address.name)
@pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])
def test_closed_page_is_a_404_for_everyone(client, db, address, signed_in):
    if signed_in:
        client.force_login(UserFactory(), backend="allauth.account.auth_backends.AuthenticationBackend")
    # Patterns without a name are allauth's old URLs.
    path = address.path() if address.pattern.name else f"/accounts/{address.pattern.pattern}"

    assert answers(client, path) == {HTTPStatus.NOT_FOUND}

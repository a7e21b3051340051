"""Send every method, and bodies that cannot be read, to every URL of the site, the API and the accounts.

No answer is a server's error, and none may be kept in a cache. The trust of the demonstration has the rows that the
URLs name, so that the views run.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

import pytest
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from demonstration.actions.loading import load_trust
from demonstration.trust.story import STORYBOOK
from kpis.actions.catalogue import sync_catalogue
from kpis.models import Observation, ScoreLine
from meetings.models import Panel
from returns.models import ReceivedFile, Return
from schools.models import School
from tests.addresses import EVERYTHING, NONSENSE, Address
from tests.factories import MembershipFactory, UserFactory
from trajectories.models import Unit
from trusts import tenancy
from trusts.models import SCHOOL_ROLES, Invitation, Membership, Role, Trust, User

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
SIGNED_OUT, WITHOUT_A_ROLE = "signed out", "without a role"
VISITORS = [SIGNED_OUT, WITHOUT_A_ROLE, *Role]
IN_THE_CORE = (SIGNED_OUT, Role.EXECUTIVE_DIRECTOR, Role.HEADTEACHER)
UNREADABLE = [
    ("application/x-www-form-urlencoded; charset=utf-16", "name=ä".encode("utf-16")),
    ("application/x-www-form-urlencoded", b"name=%FF%00&\xff=1"),
    ("multipart/form-data", b"--piece--"),
    ("multipart/form-data; boundary=piece", b"--piece\r\nContent-Disposition: form-data; name="),
    ("application/json", b"[{"),
]
# Each request: the method, the body's type and content, and whether a missing CSRF token is refused. Error pages must
# answer after a refusal too.
REQUESTS = [
    *((method, "", b"", False) for method in ("GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "BREW")),
    *((method, "application/x-www-form-urlencoded", b"", False) for method in ("POST", "PUT", "PATCH")),
    *(("POST", *body, is_checked) for body in UNREADABLE for is_checked in (False, True)),
]


@pytest.fixture(scope="module")
def trust(django_db_setup: None, django_db_blocker: Any) -> Iterator[Trust]:
    with django_db_blocker.unblock(), transaction.atomic():
        sync_catalogue()
        with tenancy.scope([STORYBOOK.uid], actor="command:load_demo"):
            load_trust(story=STORYBOOK, on=DAY, at=timezone.make_aware(datetime(2026, 11, 21, 9, 30)))
        yield Trust.objects.get(pk=STORYBOOK.uid)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def arguments(trust: Trust) -> dict[str, Any]:
    """Values for the arguments of the URLs, which name rows of one school where the demonstration has them."""
    with tenancy.scope([trust.pk], actor="test"):
        unit = Unit.objects.order_by("pk").first()
        school = School.objects.get(pk=unit.school_id)
        newest = Return.objects.filter(school=school).order_by("-term__starts_date").first()
        line = newest.lines.order_by("pk").first()
        file = ReceivedFile.objects.order_by("pk").first()
        return {
            "trust_id": trust.pk, "school_id": school.pk, "term_id": newest.term_id, "code": line.indicator_id,
            "school_year": newest.term.school_year, "unit_id": unit.pk, "dimension": "time", "line": "leadership",
            "panel_id": Panel.objects.order_by("-held_date").first().pk, "extension": "xlsx",
            "file_id": file.pk if file else 1,
            "invitation_id": getattr(Invitation.objects.order_by("pk").first(), "pk", 1),
            "membership_id": Membership.objects.order_by("pk").first().pk,
            "user_id": Membership.objects.filter(school_id=school.pk).order_by("pk").first().user_id,
            "observation": Observation.objects.filter(school=school).order_by("pk").first().pk,
            "score_line": ScoreLine.objects.filter(school=school).order_by("pk").first().pk,
        }  # fmt: skip


def path_of(address: Address, arguments: dict[str, Any]) -> str:
    if not address.pattern.name:  # One of allauth's old URLs.
        return f"/accounts/{address.pattern.pattern}"
    keys = {"observation-detail": arguments["observation"], "score-line-detail": arguments["score_line"]}
    known = arguments | NONSENSE | {"pk": keys.get(address.name, 1)}
    return reverse(address.name, kwargs={name: known.get(name, 1) for name in address.arguments})


def visit_as(visitor: str, trust: Trust, school: int) -> Client:
    """Return the client of a visitor who gave the password just now, so that pages about the account open too."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32  # Without it, a form is refused before it is read.
    if visitor == SIGNED_OUT:
        return client
    user = UserFactory()
    if visitor != WITHOUT_A_ROLE:
        place = school if visitor in SCHOOL_ROLES else None
        with tenancy.scope([trust.pk], actor="test"):
            MembershipFactory(user=user, trust=trust, role=visitor, school_id=place)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    request = HttpRequest()
    request.session, request.user = client.session, user
    reauthenticate_by_password(request)
    request.session.save()
    return client


@pytest.mark.parametrize(
    "visitor",
    [pytest.param(visitor, marks=[] if visitor in IN_THE_CORE else pytest.mark.full) for visitor in VISITORS],
)
def test_no_answer_is_a_servers_error_or_may_be_kept(visitor, trust, arguments, capsys):
    client = visit_as(visitor, trust, arguments["school_id"])
    cookies = client.cookies.output(header="")
    statuses, faults = Counter(), []
    for address in EVERYTHING:
        path = path_of(address, arguments)
        for method, content_type, body, is_checked in REQUESTS:
            with transaction.atomic():
                client.cookies = SimpleCookie(cookies)
                client.handler.enforce_csrf_checks = is_checked
                response = client.generic(method, path, body, content_type=content_type)
                transaction.set_rollback(True)
            statuses[response.status_code] += 1
            what = f"{method} {path} with {content_type or 'no body'}: {response.status_code}"
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                faults.append(what)
            if "no-store" not in response.headers.get("Cache-Control", ""):
                faults.append(f"{what} may be kept in a cache")
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and method != "HEAD" and not response.content:
                faults.append(f"{what} has no page")
    with capsys.disabled():
        print(f"\n{visitor}: {statuses.total():,} requests, {len(faults)} faults, by status", sorted(statuses.items()))

    assert faults == []
    assert statuses.total() == len(EVERYTHING) * len(REQUESTS)


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"])
def test_secrets_of_second_steps_are_kept_in_no_cache(trust, name):
    client = visit_as(WITHOUT_A_ROLE, trust, 0)
    if name != "mfa_activate_totp":
        user = User.objects.get(pk=client.session["_auth_user_id"])
        totp.TOTP.activate(user, totp.generate_totp_secret())
        RecoveryCodes.activate(user)

    response = client.get(reverse(name))

    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response.headers["Cache-Control"]

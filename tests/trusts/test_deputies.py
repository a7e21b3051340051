"""Test deputies for a kind of decision: a Board member names them, dated, and they may take these decisions only."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.factories import MembershipFactory, UserFactory
from tests.page_text import PageTextClient
from tests.trusts.test_two_people import BACKEND, OWN
from trusts import actions
from trusts.models import DecisionDeputy, Role, RoleNotice
from trusts.permissions import DECISION_PERMISSIONS, Permission, access_for
from trusts.reasons import ReasonNeeded
from trusts.two_people import DecisionKind

A_DAY = timedelta(days=1)
TODAY = timezone.localdate
every_kind = pytest.mark.parametrize("kind", DECISION_PERMISSIONS)


@pytest.fixture
def member(as_role, trust):
    """The Board member who is signed in."""
    return as_role(Role.BOARD_MEMBER, trust)


@pytest.fixture
def consultant(trust, in_scope):
    with in_scope(trust):
        return MembershipFactory(trust=trust, role=Role.TEACHING_CONSULTANT, user__name="Tess Invented").user


def name(client, trust, user, kind, typed=None):
    asked = {
        "kind": kind, "user": user.pk, "starts_date": TODAY().isoformat(), "reason": "Nobody else may decide",
        "ends_date": (TODAY() + 30 * A_DAY).isoformat(),
    }  # fmt: skip
    return client.post(reverse("trusts:deputy_list", args=[trust.pk]), asked | (typed or {}), follow=True)


@every_kind
def test_deputy_takes_the_decision_that_nobody_else_may(client, member, consultant, trust, school, in_scope, kind):
    with in_scope(trust):
        own = OWN[kind](trust, school, member)
        before = own.decided()
    deputy = PageTextClient()
    deputy.force_login(consultant, backend=BACKEND)
    assert deputy.post(*own.requests[0]).status_code == 403

    assert "Tess Invented is a deputy until" in name(client, trust, consultant, kind).text

    assert own.button in deputy.get(own.page).text
    deputy.post(*own.requests[0])
    with in_scope(trust):
        assert own.decided() > before


@every_kind
def test_deputy_gets_one_permission_and_only_in_that_time(trust, consultant, in_scope, kind):
    with in_scope(trust):
        about = {"trust": trust, "user": consultant, "kind": kind, "reason": "Away", "by": UserFactory()}
        begins, ends = TODAY() + A_DAY, TODAY() + 3 * A_DAY
        deputy = actions.name_deputy(**about, starts_date=begins, ends_date=ends, at=timezone.now())

    def gained(on) -> set[Permission]:
        with transaction.atomic():
            access = access_for(consultant, trust.pk, on=on)
        return {permission for permission in Permission if access.can(permission)} - before

    with transaction.atomic():
        now = access_for(consultant, trust.pk, on=TODAY())
    before = {permission for permission in Permission if now.can(permission)}
    assert DECISION_PERMISSIONS[kind] not in before
    assert gained(begins) == gained(ends) == {DECISION_PERMISSIONS[kind]}
    assert gained(ends + A_DAY) == set()
    with in_scope(trust):
        actions.end_deputy(deputy=deputy, by=UserFactory(), at=timezone.now())
    assert gained(begins) == set()


def test_deputy_of_one_trust_gets_nothing_in_another(trust, other_trust, consultant, in_scope):
    with in_scope(trust, other_trust):
        MembershipFactory(trust=other_trust, user=consultant, role=Role.TEACHING_CONSULTANT)
        days = {"starts_date": TODAY(), "ends_date": TODAY()}
        about = {"trust": trust, "user": consultant, "kind": DecisionKind.TARGETS, "reason": "Away", **days}
        actions.name_deputy(**about, by=UserFactory(), at=timezone.now())

    with transaction.atomic():
        assert not access_for(consultant, other_trust.pk, on=TODAY()).can(Permission.APPROVE_TARGETS)
    with in_scope(other_trust):
        assert not DecisionDeputy.objects.exists()


def test_everyone_who_leads_the_trust_and_the_deputy_are_told(client, member, consultant, trust, in_scope):
    name(client, trust, consultant, "targets")
    with in_scope(trust):
        deputy = DecisionDeputy.objects.get()
    client.post(reverse("trusts:deputy_end", args=[trust.pk, deputy.pk]))

    with in_scope(trust):
        told = [(notice.to_id, notice.words.split(" a deputy")[0]) for notice in RoleNotice.objects.order_by("pk")]
    assert [to for to, _ in told] == [member.pk, consultant.pk] * 2
    assert "No deputies" in client.get(reverse("trusts:deputy_list", args=[trust.pk])).text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"kind": ""}, "Choose a kind of decision"),
        ({"kind": "plans"}, "Choose a kind of decision"),  # Not built yet.
        ({"user": "own"}, "Choose a person"),
        ({"user": "clerk"}, "cannot see the pages for this decision"),
        ({"reason": " "}, "Say why the trust needs a deputy"),
        ({"ends_date": "2020-01-01"}, "The last day must be today or later"),
        ({"starts_date": "2020-01-01"}, "The first day must be today or later"),
        ({"ends_date": "2999-01-01"}, "a year after the first at the latest"),
    ],
)
def test_wrong_deputy_is_explained(client, member, consultant, trust, in_scope, typed, words):
    with in_scope(trust):
        clerk = MembershipFactory(trust=trust, role=Role.GOVERNANCE_PROFESSIONAL).user
    people = {"own": member.pk, "clerk": clerk.pk}
    typed = {key: people.get(value, value) for key, value in typed.items()}

    answer = name(client, trust, consultant, "returns", typed)
    assert answer.status_code == 422
    assert words in answer.text
    with in_scope(trust):
        assert not DecisionDeputy.objects.exists()


def test_deputy_is_named_with_a_reason(trust, member, consultant, in_scope):
    days = {"starts_date": TODAY(), "ends_date": TODAY()}
    about = {"trust": trust, "user": consultant, "kind": DecisionKind.RETURNS, **days, "by": member}
    with in_scope(trust):
        with pytest.raises(ReasonNeeded):
            actions.name_deputy(**about, reason=" ", at=timezone.now())
        assert not DecisionDeputy.objects.exists()


def test_same_deputy_is_not_named_twice_for_the_same_time(client, member, consultant, trust, in_scope):
    name(client, trust, consultant, "returns")
    again = name(client, trust, consultant, "returns")
    later = {"starts_date": TODAY() + 31 * A_DAY, "ends_date": TODAY() + 40 * A_DAY}

    assert again.status_code == 422
    assert "Tess Invented is already a deputy for these decisions from" in again.text
    assert "is a deputy until" in name(client, trust, consultant, "targets").text
    assert "is a deputy until" in name(client, trust, consultant, "returns", later).text
    with in_scope(trust):
        actions.end_deputy(deputy=DecisionDeputy.objects.order_by("pk").first(), by=UserFactory(), at=timezone.now())
    assert "is a deputy until" in name(client, trust, consultant, "returns").text


def test_deputy_for_reference_lines_does_not_propose_them(client, member, consultant, trust, in_scope):
    name(client, trust, consultant, "reference_lines")
    deputy = PageTextClient()
    deputy.force_login(consultant, backend=BACKEND)

    assert deputy.get(reverse("trajectories:reference_detail", args=[trust.pk])).status_code == 200
    assert deputy.get(reverse("trajectories:reference_set", args=[trust.pk])).status_code == 403
    assert deputy.get(reverse("trajectories:reference_standard", args=[trust.pk])).status_code == 403


def test_nobody_names_themselves(trust, member, in_scope):
    days = {"starts_date": TODAY(), "ends_date": TODAY()}
    about = {"trust": trust, "user": member, "kind": DecisionKind.RETURNS, "reason": "Away", **days}
    with in_scope(trust):
        with pytest.raises(actions.NamedOneself):
            actions.name_deputy(**about, by=member, at=timezone.now())
        with pytest.raises(IntegrityError, match="deputy_named_by_another"), transaction.atomic():
            DecisionDeputy.objects.create(**about, named_by=member, named_at=timezone.now())

"""Test what people see after a school has left their trust: roles end with it, and accepted figures stay readable."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from returns.queries.duties import people_who_can_act
from schools.models import Departure
from tests.factories import MembershipFactory
from trusts.models import SCHOOL_ROLES, Membership, Role

TODAY = timezone.localdate


@pytest.fixture
def leave(school, other_trust):
    """Let the school move to another trust, as an import of the register does."""

    def move() -> None:
        school.trust, school.joined_date = other_trust, TODAY() - timedelta(days=3)
        school.save()

    return move


@pytest.mark.parametrize("role", SCHOOL_ROLES)
def test_role_ends_with_the_school_and_the_page_says_so(client, as_role, trust, school, leave, role):
    as_role(role, trust, school)
    leave()

    home = client.get("/")
    left_on = TODAY() - timedelta(days=3)

    assert home.status_code == 200
    assert f"{school.name} left {trust.name} on {left_on.day} {left_on:%B %Y}." in home.text
    assert "Ask the trust administrator or the Executive Director there to invite you" in home.text
    for name in ("dashboards:school_home", "dashboards:school_detail"):
        url = reverse(name, args=[trust.pk, school.pk])
        assert url not in home.text
        assert client.get(url).status_code == 404


def test_page_leads_to_the_schools_new_trust_if_there_is_a_role(
    client, as_role, trust, other_trust, school, in_scope, leave
):
    head = as_role(Role.HEADTEACHER, trust, school)
    leave()
    with in_scope(other_trust):
        about = {"user": head, "role": Role.HEADTEACHER, "school_id": school.pk, "starts_date": TODAY()}
        MembershipFactory(trust=other_trust, **about)

    page = client.get("/").text
    new = reverse("dashboards:school_home", args=[other_trust.pk, school.pk])

    assert f'href="{new}"' in page
    assert client.get(new).status_code == 200


def test_leaving_is_shown_for_ninety_days_and_other_pages_stay(client, as_role, trust, school, in_scope, leave):
    person = as_role(Role.HEADTEACHER, trust, school)
    with in_scope(trust):
        MembershipFactory(trust=trust, user=person, role=Role.BOARD_MEMBER)
    leave()
    assert reverse("dashboards:board", args=[trust.pk]) in client.get("/").text

    Departure.objects.update(left_date=TODAY() - timedelta(days=91))

    assert client.get("/").url == reverse("dashboards:board", args=[trust.pk])


def test_role_of_before_does_not_come_back_with_the_school(trust, school, in_scope, leave):
    with in_scope(trust):
        before = MembershipFactory(trust=trust, role=Role.HEADTEACHER, school_id=school.pk)
    leave()
    Departure.objects.update(left_date=TODAY() - timedelta(days=1))
    school.trust = trust
    school.save()

    with in_scope(trust):
        new = MembershipFactory(trust=trust, role=Role.HEADTEACHER, school_id=school.pk, starts_date=TODAY())
        held = list(Membership.objects.current(on=TODAY()))
        assert held == [new]
        assert before not in held
        assert people_who_can_act(held, {}).headteachers == {school.pk: (new.user_id,)}


def test_school_that_is_back_on_the_same_day_never_left(trust, school, in_scope):
    with in_scope(trust):
        MembershipFactory(trust=trust, role=Role.HEADTEACHER, school_id=school.pk)
    for now_in in (None, trust):
        school.trust = now_in
        school.save()

    assert not Departure.objects.exists()
    with in_scope(trust):
        assert Membership.objects.current(on=TODAY()).count() == 1


def test_trust_still_reads_what_it_accepted_and_the_new_trust_starts_clean(
    client, as_role, trust, other_trust, furnish
):
    (school,) = furnish(1)
    as_role(Role.BOARD_MEMBER, trust)
    page = reverse("dashboards:departed_schools", args=[trust.pk])
    assert "No schools have left" in client.get(page).text
    school.trust = other_trust
    school.save()

    text = client.get(page).text

    assert school.name in text
    assert f"now in {other_trust.name}" in text
    assert "AB1" in text
    assert page in client.get(reverse("dashboards:board", args=[trust.pk])).text
    as_role(Role.BOARD_MEMBER, other_trust)
    theirs = client.get(reverse("dashboards:school_detail", args=[other_trust.pk, school.pk]))
    assert theirs.status_code == 200
    assert "AB1" not in theirs.text
    assert "No schools have left" in client.get(reverse("dashboards:departed_schools", args=[other_trust.pk])).text


def test_departure_has_the_joining_date_of_the_register(school, trust, leave):
    leave()

    departure = Departure.objects.get()
    assert (departure.trust, departure.school, departure.left_date) == (trust, school, TODAY() - timedelta(days=3))
    assert date(2020, 1, 1) < departure.left_date


def test_role_that_ended_with_the_school_cannot_be_ended_again(client, as_role, trust, school, in_scope, leave):
    with in_scope(trust):
        role = MembershipFactory(trust=trust, role=Role.HEADTEACHER, school_id=school.pk)
    leave()
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    page = reverse("trusts:role_end", args=[trust.pk, role.pk])

    shown, sent = client.get(page).text, client.post(page, {"ends": "at_once"}).text

    assert "This role has ended and cannot change" in shown
    assert "This role ended when the school left the trust" in sent
    with in_scope(trust):
        assert Membership.objects.get(pk=role.pk).ends_date is None

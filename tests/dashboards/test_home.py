"""Test home pages, the header and the navigation."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import MembershipFactory, SchoolFactory, UserFactory
from trusts.models import Role

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TRUST_PAGES = {
    Role.BOARD_MEMBER: "dashboards:board",
    Role.IMPROVEMENT_PARTNER: "dashboards:board",
    Role.EXECUTIVE_DIRECTOR: "dashboards:desk",
    Role.TEACHING_CONSULTANT: "dashboards:desk",
    Role.BUSINESS_MANAGER: "dashboards:desk",
    Role.GOVERNANCE_PROFESSIONAL: "meetings:panel_list",
    Role.TRUST_ADMINISTRATOR: "trusts:people",
}
SCHOOL_ROLES = [Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR, Role.LOCAL_GOVERNOR, Role.EXTERNAL_REVIEWER]


@pytest.mark.parametrize("role", TRUST_PAGES)
def test_home_sends_a_trust_role_to_its_page(client, as_role, trust, role):
    as_role(role, trust)

    for path in (reverse("home"), reverse("dashboards:trust_home", args=[trust.pk])):
        assert client.get(path).url == reverse(TRUST_PAGES[role], args=[trust.pk])


@pytest.mark.parametrize("role", SCHOOL_ROLES)
def test_home_sends_a_school_role_to_its_school(client, as_role, trust, school, role):
    as_role(role, trust, school)

    assert client.get(reverse("home")).url == reverse("dashboards:school_home", args=[trust.pk, school.pk])


def test_home_lets_a_person_with_several_roles_choose(client, as_role, in_scope, trust, other_trust, school):
    user = as_role(Role.HEADTEACHER, trust, school)
    governed = SchoolFactory(trust=trust, name="Invented Lighthouse School")
    with in_scope(trust, other_trust):
        MembershipFactory(user=user, trust=trust, role=Role.LOCAL_GOVERNOR, school_id=governed.pk)
        MembershipFactory(user=user, trust=other_trust, role=Role.BOARD_MEMBER)

    response = client.get(reverse("home"))

    assert response.status_code == 200
    for name in (school.name, governed.name, trust.name, other_trust.name, "Headteacher", "Board member"):
        assert name in response.text
    assert reverse("dashboards:board", args=[other_trust.pk]) in response.text


def test_home_says_that_a_person_has_no_current_role(client, in_scope, trust):
    user = UserFactory()
    with in_scope(trust):
        MembershipFactory(user=user, trust=trust, ends_date=timezone.localdate() - timedelta(days=1))
    client.force_login(user, backend=BACKEND)

    assert "You have no current role" in client.get(reverse("home")).text


def test_home_does_not_send_people_to_a_trust_that_left(client, as_role, trust):
    as_role(Role.BOARD_MEMBER, trust)
    trust.is_tenant = False
    trust.save()

    assert "You have no current role" in client.get(reverse("home")).text


def test_navigation_shows_only_pages_that_a_person_may_open(client, as_role, trust, school, furnish):
    labels = {
        Role.BOARD_MEMBER: [
            "Board",
            "Map",
            "Capacity",
            "Headline comparison",
            "Panels",
            "Roles to confirm",
            "Deputies",
        ],
        Role.EXECUTIVE_DIRECTOR: [
            "What needs you",
            "Board",
            "Map",
            "Capacity",
            "Returns",
            "Headline comparison",
            "Panels",
            "People",
            "Roles to confirm",
            "Set-up",
        ],
        Role.GOVERNANCE_PROFESSIONAL: ["Headline comparison", "Panels"],
    }
    for role, expected in labels.items():
        as_role(role, trust)
        context = client.get(reverse("dashboards:headlines", args=[trust.pk])).context
        assert [item["label"] for item in context["nav_items"]] == expected
        assert [item["label"] for item in context["nav_items"] if item["current"]] == ["Headline comparison"]
        for item in context["nav_items"]:
            assert client.get(item["url"]).status_code == 200, item
    for role, expected in {
        Role.HEADTEACHER: ["My school", "Returns", "Headline comparison"],
        Role.LOCAL_GOVERNOR: ["My school"],
    }.items():
        as_role(role, trust, school)
        context = client.get(reverse("dashboards:school_home", args=[trust.pk, school.pk])).context
        assert [item["label"] for item in context["nav_items"]] == expected
        assert context["role_labels"] == f"{role.label}, {school.name}"
        for item in context["nav_items"]:
            assert client.get(item["url"]).status_code == 200, item


def test_navigation_switches_between_a_persons_trusts(client, as_role, in_scope, trust, other_trust):
    user = as_role(Role.BOARD_MEMBER, trust)
    with in_scope(other_trust):
        MembershipFactory(user=user, trust=other_trust, role=Role.EXECUTIVE_DIRECTOR)

    choices = client.get(reverse("dashboards:board", args=[trust.pk])).context["trust_choices"]

    assert {choice["label"]: choice["current"] for choice in choices} == {trust.name: True, other_trust.name: False}


def test_invented_trust_is_marked_as_invented(client, as_role, trust):
    as_role(Role.BOARD_MEMBER, trust)

    assert "Every school and person here is invented" in client.get(reverse("dashboards:board", args=[trust.pk])).text


@pytest.mark.parametrize("name", ["accessibility", "privacy", "method"])
def test_pages_about_sightline_are_public(client, db, name):
    assert client.get(reverse(name)).status_code == 200


def test_method_page_shows_the_rules_in_force(client, db):
    text = client.get(reverse("method")).text
    for number in ("S1", "T14", "J1", "P2", "U1", "C12", "N1"):
        assert f'id="rule-{number}"' in text, number
    assert "of 10 schools with results like these, about 7" in text

    assert "Among the weakest over the period and not clearly improving" in text
    assert "8.2 (secondary) or 12.3 (primary) points a year" in text
    assert "Ineffective governance" in text
    assert "Membership of a strong school to school partnership is vital" in text

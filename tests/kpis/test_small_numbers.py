"""The Board decides who sees figures about few people: the page, the decision and what follows from it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kpis.actions.scoring import rescore_trust
from kpis.actions.small_numbers import (
    ContradictoryRules,
    DecidedInTheFuture,
    RulesDecided,
    decide_small_numbers,
    propose_small_numbers,
)
from kpis.catalogue import FigureSubject
from kpis.models import Headline, Recomputation, SmallNumberPolicy, SmallNumberProposal
from kpis.queries.small_numbers import AUDIENCES, reader_of, rules_in_force
from kpis.rules.privacy import STANDARD_RULES, Showing, SmallCounts, SmallNumberRules
from tests.factories import ObservationFactory, SchoolFactory, UserFactory
from trusts import tenancy
from trusts.models import Role
from trusts.permissions import access_for
from trusts.reasons import ReasonNeeded

TODAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
PEOPLE, EVENTS = FigureSubject.PEOPLE, FigureSubject.EVENTS


def rules(**fewest):
    """Return the standard rules with other numbers, named like ``people_board``."""
    changed = {
        (about, audience): fewest.get(f"{about}_{audience}", count)
        for (about, audience), count in STANDARD_RULES.fewest.items()
    }
    return SmallNumberRules(fewest=changed)


@pytest.fixture
def propose(trust):
    def proposal(changed=None, **given):
        told = {"decided_on": TODAY, "reason": "As our solicitor advised", "by": UserFactory(), "at": AT, "on": TODAY}
        return propose_small_numbers(trust=trust, rules=changed or rules(people_board=1), **told | given)

    return proposal


@pytest.fixture
def decide(propose):
    def decision(changed=None, at=AT):
        return decide_small_numbers(proposal=propose(changed, at=at), approve=True, by=UserFactory(), at=at, on=TODAY)

    return decision


@pytest.fixture
def change_url(trust):
    return reverse("kpis:small_numbers_change", args=[trust.pk])


@pytest.fixture
def page_url(trust):
    return reverse("kpis:small_numbers", args=[trust.pk])


def typed(**changed):
    numbers = {f"{about}_{audience}": count for (about, audience), count in STANDARD_RULES.fewest.items()}
    return numbers | {"decided_on": "2025-11-30", "reason": "As our solicitor advised"} | changed


def test_every_role_belongs_to_an_audience():
    assert set(AUDIENCES) == set(Role)


@pytest.mark.parametrize(
    ("role", "people", "events"),
    [
        (Role.HEADTEACHER, "shown", "shown"),
        (Role.SCHOOL_CONTRIBUTOR, "shown", "shown"),
        (Role.EXECUTIVE_DIRECTOR, "marked", "marked"),
        (Role.BUSINESS_MANAGER, "marked", "marked"),
        (Role.BOARD_MEMBER, "hidden", "marked"),
        (Role.IMPROVEMENT_PARTNER, "hidden", "marked"),
        (Role.LOCAL_GOVERNOR, "hidden", "marked"),
        (Role.EXTERNAL_REVIEWER, "hidden", "marked"),
        (Role.GOVERNANCE_PROFESSIONAL, "hidden", "marked"),
        (Role.TRUST_ADMINISTRATOR, "hidden", "hidden"),
    ],
)
def test_what_each_role_sees(as_role, in_scope, trust, school, role, people, events):
    person = as_role(role, trust, school) if role in (
        Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR, Role.LOCAL_GOVERNOR, Role.EXTERNAL_REVIEWER
    ) else as_role(role, trust)  # fmt: skip
    with in_scope(trust):
        access = access_for(person, trust.pk, on=timezone.localdate())
    with in_scope(trust):
        reader = reader_of(access)

    assert reader.showing(school.pk, SmallCounts(people=Decimal(2))) == people
    assert reader.showing(school.pk, SmallCounts(events=Decimal(2))) == events
    if access.own_schools():
        assert reader.showing(school.pk + 1, SmallCounts(events=Decimal(2))) is Showing.HIDDEN


def test_newest_decision_applies(trust, in_scope, decide):
    with in_scope(trust):
        assert rules_in_force() == STANDARD_RULES
        decide()
        decide(rules(people_board=3), at=AT.replace(hour=10))

        assert rules_in_force() == rules(people_board=3)
        assert SmallNumberPolicy.objects.count() == 2


def test_decision_applies_to_the_headlines_at_once(trust, school, in_scope, decide):
    with in_scope(trust):
        ObservationFactory(school=school, indicator__code="AB6", value=Decimal("0.4"), numerator=4, denominator=1000)
        rescore_trust(trust_id=trust.pk, on=TODAY)
        before = Headline.objects.get().status
        decide(rules(events_others=1))
        after = Headline.objects.get()
        recomputation = Recomputation.objects.get(school=school)

    assert (before, after.status, after.value) == ("hidden", "value", Decimal("0.4"))
    assert recomputation.wanted == 1


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"reason": "  "}, ReasonNeeded),
        ({"decided_on": date(2026, 12, 1)}, DecidedInTheFuture),
        ({"changed": rules(events_board=7)}, ContradictoryRules),
        ({"changed": rules(people_others=31)}, ContradictoryRules),
    ],
)
def test_proposal_that_cannot_be(trust, in_scope, propose, given, fault):
    with in_scope(trust):
        with pytest.raises(fault):
            propose(**given)

        assert not SmallNumberProposal.objects.exists()


def test_newer_proposal_replaces_an_older_one_that_nobody_decided_on(trust, in_scope, propose):
    with in_scope(trust):
        first, second = propose(), propose(rules(people_board=3))
        with pytest.raises(RulesDecided):
            decide_small_numbers(proposal=first, approve=True, by=UserFactory(), at=AT, on=TODAY)

        assert SmallNumberProposal.objects.get(state="waiting") == second
        assert rules_in_force() == STANDARD_RULES


def test_another_trust_does_not_see_the_proposal(trust, other_trust, in_scope, propose):
    with in_scope(trust):
        propose()
    with in_scope(other_trust):
        assert not SmallNumberProposal.objects.exists()


def test_another_trust_does_not_see_the_decision(trust, other_trust, in_scope, decide):
    with in_scope(trust):
        decide()
    with in_scope(other_trust):
        assert rules_in_force() == STANDARD_RULES


def test_decision_is_never_changed(trust, in_scope, decide):
    with in_scope(trust):
        decide()

        assert SmallNumberPolicy.objects.update(reason="Another") == 0
        assert SmallNumberPolicy.objects.all().delete()[0] == 0


def decide_url(trust):
    with tenancy.scope([trust.pk], actor="test"):
        return reverse("kpis:small_numbers_decide", args=[trust.pk, SmallNumberProposal.objects.latest("pk").pk])


def test_one_person_alone_never_changes_the_rules(client, as_role, in_scope, trust, page_url, change_url):
    as_role(Role.BOARD_MEMBER, trust)

    page = client.post(change_url, typed(people_board="3"), follow=True).text
    refused = client.post(decide_url(trust), {"decision": "approve"})

    assert "apply once another person has approved them" in page
    assert "another person has to decide" in page
    assert refused.status_code == 403
    with in_scope(trust):
        assert rules_in_force() == STANDARD_RULES


@pytest.mark.parametrize("decision", ["", "approved"])
def test_decision_that_is_neither_changes_nothing(client, as_role, in_scope, trust, propose, page_url, decision):
    with in_scope(trust):
        propose()
    as_role(Role.BOARD_MEMBER, trust)

    page = client.post(decide_url(trust), {"decision": decision}, follow=True).text

    assert "Choose whether to approve or decline" in page
    with in_scope(trust):
        assert SmallNumberProposal.objects.get().state == SmallNumberProposal.State.WAITING


def test_proposal_says_what_would_change(client, as_role, trust, page_url, change_url):
    as_role(Role.BOARD_MEMBER, trust)
    client.post(change_url, typed(people_board="3"))

    page = client.get(page_url).context["page"]

    (change,) = page.proposed
    assert "0, and counts from 3 (now: 0, and counts from 6)" in change


def test_second_person_declines_the_rules(client, as_role, in_scope, trust, propose, page_url):
    with in_scope(trust):
        propose()
    as_role(Role.BOARD_MEMBER, trust)

    page = client.post(decide_url(trust), {"decision": "decline"}, follow=True).text
    again = client.post(decide_url(trust), {"decision": "approve"}, follow=True).text

    assert "You declined the proposed rules" in page
    assert "decided on or replaced since" in again
    with in_scope(trust):
        assert rules_in_force() == STANDARD_RULES


def test_two_board_members_change_the_rules_and_everyone_reads_them(
    client, as_role, trust, school, page_url, change_url
):
    as_role(Role.BOARD_MEMBER, trust)
    assert "The Board has not changed the standard rules" in client.get(page_url).text
    client.post(change_url, typed(people_board="3"))
    as_role(Role.BOARD_MEMBER, trust)
    assert "Approve these rules" in client.get(page_url).text

    response = client.post(decide_url(trust), {"decision": "approve"}, follow=True)

    assert "The new rules apply" in response.text
    as_role(Role.HEADTEACHER, trust, school)
    page = client.get(page_url).text
    assert "0, and counts from 3" in page
    assert ", approved by " in page
    assert "Decided on 30 November 2025" in page
    assert "As our solicitor advised" in page
    assert change_url not in page


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "Nothing has changed"),
        ({"people_board": "0"}, "Enter a whole number from 1 to 30"),
        ({"people_board": "x"}, "Enter a whole number from 1 to 30"),
        ({"people_board": "7"}, "Enter a number that is not above the one for other schools"),
        ({"people_board": "3", "reason": ""}, "Say why"),
        ({"people_board": "3", "decided_on": ""}, "Enter the day of the decision"),
        ({"people_board": "3", "decided_on": "2099-01-01"}, "Enter today or an earlier day"),
    ],
)
def test_form_says_what_is_wrong(client, as_role, in_scope, trust, change_url, changed, message):
    as_role(Role.BOARD_MEMBER, trust)

    response = client.post(change_url, typed(**changed))

    assert response.status_code == 422
    assert message in response.text
    with in_scope(trust):
        assert not SmallNumberPolicy.objects.exists()


def test_headteacher_without_a_decision_sees_the_standard_rules(client, as_role, trust, page_url):
    as_role(Role.HEADTEACHER, trust, SchoolFactory(trust=trust))

    assert "The standard rules" in client.get(page_url).text

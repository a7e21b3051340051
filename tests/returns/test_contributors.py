"""Test contributors: their lines, their sign-off, and what the headteacher sees."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from kpis.catalogue import catalogue_by_code
from returns.actions.contributors import assign_lines, sign_off_lines
from returns.actions.returns import (
    LineEntry,
    LineNotAssigned,
    LineNotOpen,
    LineToSave,
    open_return,
    save_line,
    save_lines,
    submit_return,
)
from returns.models import LineAssignment, LineDecision, ReturnLine
from returns.queries.contributors import people_by_line
from returns.queries.return_reading import return_page
from tests.factories import MembershipFactory, UserFactory
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
SIX = LineEntry(value=Decimal(6))


@pytest.fixture
def termly_return(trust, school, term, in_scope):
    with in_scope(trust):
        return open_return(school=school, term=term, indicator_codes=["AB1", "AB2", "STF3", "FIN1"])


@pytest.fixture
def assign(trust, school, in_scope):
    def made(user, *codes, areas=()):
        with in_scope(trust):
            assign_lines(trust_id=trust.pk, school=school, user=user, areas=areas, codes=codes, by=UserFactory(), at=AT)

    return made


@pytest.fixture
def contributor(as_role, trust, school):
    return as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)


@pytest.fixture
def page(trust, school, term):
    return lambda name: reverse(f"returns:{name}", args=[trust.pk, school.pk, term.pk])


# --- Assigning


def test_assigning_replaces_earlier_assignments(trust, school, assign, in_scope):
    person = UserFactory()
    assign(person, "AB1", areas=["finance"])
    with in_scope(trust):
        kept = LineAssignment.objects.get(area="finance").pk

    assign(person, "AB2", areas=["finance"])

    with in_scope(trust):
        found = {(assignment.area, assignment.indicator_id) for assignment in LineAssignment.objects.order_by("pk")}
        assert LineAssignment.objects.filter(pk=kept).exists()
    assert found == {("finance", None), ("", "AB2")}


def test_line_assigned_twice_names_the_person_once(trust, school, assign, in_scope):
    person, other = UserFactory(name="Ann"), UserFactory(name="Bob")
    assign(person, "FIN1", areas=["finance"])
    assign(other, "AB1", areas=["finance"])

    with in_scope(trust):
        found = people_by_line(school, [catalogue_by_code()[code] for code in ("AB1", "AB2", "FIN1")])

    assert {code: [user.name for user in users] for code, users in found.items()} == {
        "AB1": ["Bob"],
        "FIN1": ["Ann", "Bob"],
    }


def test_headteacher_chooses_areas_and_lines_for_a_contributor(client, as_role, trust, school, in_scope):
    person = UserFactory(name="Invented Contributor")
    with in_scope(trust):
        MembershipFactory(user=person, trust=trust, role=Role.SCHOOL_CONTRIBUTOR, school_id=school.pk)
    head = as_role(Role.HEADTEACHER, trust, school)
    here = reverse("returns:contributor_list", args=[trust.pk, school.pk])
    lines = reverse("returns:contributor_lines", args=[trust.pk, school.pk, person.pk])
    assert "this person cannot fill in any line" in client.get(here).text
    assert 'value="finance"' in client.get(lines).text

    response = client.post(lines, {"areas": ["finance"], "codes": ["AB1"]}, follow=True)

    assert "Finance: every line; Overall absence" in response.text
    assert "Lines left to you" in response.text
    with in_scope(trust):
        assert set(LineAssignment.objects.values_list("assigned_by", flat=True)) == {head.pk}
    assert client.post(lines, {"areas": ["weather"]}).status_code == 422
    nobody = reverse("returns:contributor_lines", args=[trust.pk, school.pk, head.pk])
    assert client.get(nobody).status_code == 404


def test_contributors_can_be_sorted_filtered_and_downloaded(
    client, as_role, trust, school, assign, in_scope, django_assert_num_queries
):
    ann, bob = UserFactory(name="Ann", email="ann@example.org"), UserFactory(name="Bob", email="bob@example.org")
    with in_scope(trust):
        for person in (ann, bob):
            MembershipFactory(user=person, trust=trust, role=Role.SCHOOL_CONTRIBUTOR, school_id=school.pk)
    assign(ann, "AB1")
    assign(bob, areas=["finance"])
    as_role(Role.HEADTEACHER, trust, school)
    here = reverse("returns:contributor_list", args=[trust.pk, school.pk])

    def names(**query):
        table = client.get(here, query | {"format": "csv"}).text.splitlines()
        assert table[0].lstrip("\ufeff") == "Contributor,Email,Lines,Fills in"
        return [line.split(",")[0] for line in table[1:]]

    assert names() == ["Ann", "Bob"]
    assert names(sort="-lines") == ["Bob", "Ann"]
    assert names(area="finance") == ["Bob"]
    assert names(area="wellbeing") == []
    with django_assert_num_queries(16):
        assert "Nobody fills in lines in this area" in client.get(here, {"area": "wellbeing"}).text


# --- Filling in


def test_a_contributor_saves_their_own_lines_and_no_others(trust, termly_return, in_scope):
    person = UserFactory()
    with in_scope(trust):
        lines = {line.indicator_id: line for line in termly_return.lines.order_by("pk")}
        changes = [LineToSave(line=lines[code], entry=SIX, version=0) for code in ("AB1", "FIN1")]
        with pytest.raises(LineNotAssigned):
            save_lines(termly_return_id=termly_return.pk, changes=changes, by=person, at=AT, only={"FIN1"})
        assert not ReturnLine.objects.filter(version__gt=0).exists()

        save_lines(termly_return_id=termly_return.pk, changes=changes[1:], by=person, at=AT, only={"FIN1"})
        assert ReturnLine.objects.get(version=1).indicator_id == "FIN1"


def test_a_contributor_sees_their_lines_open_and_the_others_to_read(
    client, contributor, assign, termly_return, page, trust, in_scope
):
    assign(contributor, areas=["finance"])

    html = client.get(page("return_detail")).text

    assert 'name="FIN1-value"' in html
    assert 'name="AB1-value"' not in html
    assert "1 of 1 lines left" in html
    assert "Sign off my lines" in html
    forged = {"AB1-version": "0", "AB1-shown": "x", "AB1-value": "6"}
    assert client.post(page("return_save"), forged).status_code == 403
    with in_scope(trust):
        assert ReturnLine.objects.get(indicator_id="AB1").value is None


def test_contributor_without_lines_sees_a_message(client, contributor, termly_return, page):
    assert "You have no lines to fill in" in client.get(page("return_detail")).text


# --- Signing off


def test_signing_off_needs_finished_lines_and_ends_with_the_next_save(trust, termly_return, assign, in_scope):
    person = UserFactory(name="Invented Contributor")
    assign(person, "AB1", "FIN1")
    with in_scope(trust):
        line = save_line(line=termly_return.lines.get(indicator_id="FIN1"), entry=SIX, version=0, by=person, at=AT)

        left = sign_off_lines(termly_return=termly_return, by=person, at=AT)

        assert [row.code for row in left] == ["AB1"]
        signed = LineDecision.objects.get()
        assert (signed.line, signed.step, signed.decided_by) == (line, "signed_off", person)
        page = return_page(termly_return.school, termly_return.term)
        assert [row.code for row in page.signed_off] == ["FIN1"]
        assert [row.code for row in page.not_signed_off] == ["AB1"]
        sign_off_lines(termly_return=termly_return, by=person, at=AT)
        assert LineDecision.objects.count() == 1, "nothing changed since"

        save_line(line=line, entry=LineEntry(value=Decimal(7)), version=1, by=person, at=AT)
        assert return_page(termly_return.school, termly_return.term).signed_off == []


def test_submitted_lines_cannot_be_signed_off(trust, termly_return, in_scope):
    person = UserFactory()
    with in_scope(trust):
        for line in termly_return.lines.order_by("pk"):
            save_line(line=line, entry=SIX, version=0, by=person, at=AT)
        submit_return(termly_return=termly_return, by=person, at=AT)
        with pytest.raises(LineNotOpen):
            sign_off_lines(termly_return=termly_return, by=person, at=AT)


def test_headteacher_sees_the_sign_off(
    client, as_role, contributor, assign, termly_return, page, trust, school, in_scope
):
    assign(contributor, "FIN1")
    html = client.get(page("return_detail")).text
    sent = {f"FIN1-{name}": html.split(f'name="FIN1-{name}" value="')[1].split('"')[0] for name in ("version", "shown")}

    refused = client.post(page("return_save"), sent | {"sign_off": "1"}, follow=True)
    assert "Finish these lines before you sign them off" in refused.text
    done = client.post(page("return_save"), sent | {"FIN1-value": "6", "sign_off": "1"}, follow=True)
    assert "You signed off your lines" in done.text

    as_role(Role.HEADTEACHER, trust, school)
    seen = client.get(page("return_detail")).text
    assert "Contributors have signed off 1 line and have 0 left to sign off" in seen
    assert f"signed off by {contributor.name}" in seen

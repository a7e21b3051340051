"""Test adding a trust on the register with its schools' published history."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from kpis.models import Observation, Recomputation, Target
from returns.models import Return
from schools.models import School, SchoolLink, Term
from tests.factories import ImportedFileFactory, MembershipFactory, PublishedResultFactory, UserFactory
from trajectories.models import Placement
from trusts import tenancy
from trusts.models import AuditEntry, Invitation, Role, Trust


@pytest.fixture
def trust(db):
    return Trust.objects.create(uid=1, group_id="TR00001", name="Invented Harbour Trust")


@pytest.fixture
def school(trust):
    """A school whose first two years were published under its earlier URN."""
    ImportedFileFactory(layout="ks4", school_year=2019)
    results = {(100001, 2016): 38.0, (100001, 2017): 39.0, (100002, 2018): 46.0, (100002, 2019): 52.0}
    for (urn, year), value in results.items():
        PublishedResultFactory(urn=urn, series__measure="ATT8SCR", series__school_year=year, value=value)
    SchoolLink.objects.create(urn=100002, link_urn=100001, direction="predecessor", kind="one_to_one")
    return School.objects.create(urn=100002, name="Invented Quay School", trust=trust, phase="secondary")


def add(**options):
    output = io.StringIO()
    call_command("add_trust", stdout=output, **options)
    return output.getvalue()


def test_trust_is_added_with_the_history_of_predecessors(trust, school):
    output = add(group="1")

    assert Trust.objects.get(pk=1).is_tenant
    assert "Key stage 4 results: 2015-16, 2016-17 as URN 100001; 2017-18, 2018-19" in output
    assert "Invented Harbour Trust was added: 1 school." in output
    with tenancy.scope([1], actor="test"):
        placement = Placement.objects.get()
        assert {point["year"] for point in placement.inputs["placement"]["inputs"]} == {2016, 2017, 2018, 2019}
        assert f"Trajectory {placement.letter}:" in output
        assert not Recomputation.objects.stale().exists()
        assert AuditEntry.objects.filter(actor="command:add_trust").exists()


def test_added_trust_has_no_invented_data(trust, school):
    add(group="1")

    with tenancy.scope([1], actor="test"):
        assert not any(model.objects.exists() for model in (Observation, Target, Return, Invitation))


def test_headteachers_can_start_this_years_returns(trust, school):
    add(group="1")

    with tenancy.scope([1], actor="test"):
        assert Term.objects.count() == 3


def test_second_run_changes_nothing(trust, school):
    add(group="1")

    output = add(group="TR00001")

    assert "already used Sightline" in output
    with tenancy.scope([1], actor="test"):
        assert Placement.objects.count() == 1


def test_school_without_results_says_what_is_missing(trust, school):
    School.objects.create(urn=100003, name="Invented Moor School", trust=trust, phase="secondary")

    output = add(group="1")

    assert "Key stage 4 results: none; missing: 2018-19" in output
    assert "Absence: none; no such file was imported" in output
    assert "Key stage 2" not in output
    assert "No trajectory: This school has no published results" in output


def test_sweep_finishes_an_interrupted_run(trust, school, monkeypatch):
    monkeypatch.setattr("dashboards.management.commands.add_trust.recompute_school", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add(group="1")

    with tenancy.scope([1], actor="test"):
        assert Recomputation.objects.stale().get().school_id == school.pk


def test_closed_trust_is_refused_without_the_option(trust, school):
    Trust.objects.filter(pk=1).update(closed_date=date(2023, 6, 13))

    with pytest.raises(CommandError, match=r"closed on 13 June 2023\. To add it anyway: --closed"):
        add(group="1")
    assert not Trust.objects.get(pk=1).is_tenant

    assert "was added" in add(group="1", closed=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"group": "2"}, "The register has no trust 2"),
        ({"group": "1"}, "No school on the register is in Invented Harbour Trust"),
        ({"group": "1", "name": "Invented Example"}, "go together"),
    ],
)
def test_unknown_or_empty_trust_is_refused(trust, options, expected):
    with pytest.raises(CommandError, match=expected):
        add(**options)

    assert not Trust.objects.get().is_tenant


def test_first_administrator_is_invited_once(trust, school):
    who = {"first_administrator": "First@example.org", "name": "Invented Example"}

    assert "/invitations/" in add(group="1", **who)
    assert "has already been invited" in add(group="1", **who)

    with tenancy.scope([1], actor="test"):
        assert Invitation.objects.get().role == Role.TRUST_ADMINISTRATOR


def test_existing_administrator_is_not_invited(trust, school):
    user = UserFactory(email="first@example.org")
    with tenancy.scope([1], actor="test"):
        MembershipFactory(user=user, trust=trust, role=Role.TRUST_ADMINISTRATOR)

    output = add(group="1", first_administrator="first@example.org", name="Invented Example")

    assert "is already Trust administrator" in output
    with tenancy.scope([1], actor="test"):
        assert not Invitation.objects.exists()

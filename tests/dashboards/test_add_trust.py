"""A trust of the register becomes a tenant, with its schools' published history and nothing else."""

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
    """A school whose first two years were published under the URN it had before."""
    ImportedFileFactory(layout="ks4", school_year=2019)
    results = {(100001, 2016): 38.0, (100001, 2017): 39.0, (100002, 2018): 46.0, (100002, 2019): 52.0}
    for (urn, year), value in results.items():
        PublishedResultFactory(urn=urn, series__measure="ATT8SCR", series__school_year=year, value=value)
    SchoolLink.objects.create(urn=100002, link_urn=100001, direction="predecessor", kind="one_to_one")
    return School.objects.create(urn=100002, name="Invented Quay School", trust=trust, phase="secondary")


def add(**options):
    said = io.StringIO()
    call_command("add_trust", stdout=said, **options)
    return said.getvalue()


def test_a_trust_is_added_with_its_history_through_predecessors(trust, school):
    said = add(group="1")

    assert Trust.objects.get(pk=1).is_tenant
    assert "Key stage 4 results: 2015-16, 2016-17 as URN 100001; 2017-18, 2018-19" in said
    assert "Invented Harbour Trust was added: 1 school." in said
    with tenancy.scope([1], actor="test"):
        placement = Placement.objects.get()
        assert {point["year"] for point in placement.inputs["placement"]["inputs"]} == {2016, 2017, 2018, 2019}
        assert f"Trajectory {placement.letter}:" in said
        assert not Recomputation.objects.stale().exists()
        assert AuditEntry.objects.filter(actor="command:add_trust").exists()


def test_nothing_is_invented(trust, school):
    add(group="1")

    with tenancy.scope([1], actor="test"):
        assert not any(model.objects.exists() for model in (Observation, Target, Return, Invitation))


def test_heads_can_start_this_years_returns(trust, school):
    add(group="1")

    with tenancy.scope([1], actor="test"):
        assert Term.objects.count() == 3


def test_a_second_run_changes_nothing(trust, school):
    add(group="1")

    said = add(group="TR00001")

    assert "was here before" in said
    with tenancy.scope([1], actor="test"):
        assert Placement.objects.count() == 1


def test_a_school_without_results_says_what_is_missing(trust, school):
    School.objects.create(urn=100003, name="Invented Moor School", trust=trust, phase="secondary")

    said = add(group="1")

    assert "Key stage 4 results: none; missing: 2018-19" in said
    assert "Absence: none; no such file was imported" in said
    assert "Key stage 2" not in said
    assert "No trajectory: No published results" in said


def test_a_run_that_is_cut_short_is_ended_by_the_sweep(trust, school, monkeypatch):
    monkeypatch.setattr("dashboards.management.commands.add_trust.recompute_school", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add(group="1")

    with tenancy.scope([1], actor="test"):
        assert Recomputation.objects.stale().get().school_id == school.pk


def test_a_closed_trust_is_refused_unless_asked_for(trust, school):
    Trust.objects.filter(pk=1).update(closed_date=date(2023, 6, 13))

    with pytest.raises(CommandError, match=r"closed on 13 June 2023\. To add it all the same: --closed"):
        add(group="1")
    assert not Trust.objects.get(pk=1).is_tenant

    assert "was added" in add(group="1", closed=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"group": "2"}, "The register has no trust 2"),
        ({"group": "1"}, "The register has no school in Invented Harbour Trust"),
        ({"group": "1", "name": "Invented Example"}, "go together"),
    ],
)
def test_what_cannot_be_added_is_refused(trust, options, expected):
    with pytest.raises(CommandError, match=expected):
        add(**options)

    assert not Trust.objects.get().is_tenant


def test_the_first_administrator_is_invited_once(trust, school):
    who = {"first_administrator": "First@example.org", "name": "Invented Example"}

    assert "/invitations/" in add(group="1", **who)
    assert "was invited before" in add(group="1", **who)

    with tenancy.scope([1], actor="test"):
        assert Invitation.objects.get().role == Role.TRUST_ADMINISTRATOR


def test_somebody_who_is_administrator_is_not_invited(trust, school):
    user = UserFactory(email="first@example.org")
    with tenancy.scope([1], actor="test"):
        MembershipFactory(user=user, trust=trust, role=Role.TRUST_ADMINISTRATOR)

    said = add(group="1", first_administrator="first@example.org", name="Invented Example")

    assert "is Trust administrator already" in said
    with tenancy.scope([1], actor="test"):
        assert not Invitation.objects.exists()

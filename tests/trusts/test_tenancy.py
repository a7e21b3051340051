import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction

from kpis.models import Observation
from returns.models import ReturnDecision
from schools.models import Term
from tests.factories import (
    NOON,
    MembershipFactory,
    ObservationFactory,
    ReturnFactory,
    SchoolFactory,
    TermFactory,
    UserFactory,
)
from trusts import tenancy
from trusts.models import AuditEntry, Membership, Role


def test_query_without_a_scope_raises(trust, in_scope):
    with in_scope(trust):
        TermFactory(trust=trust)

    with pytest.raises((DataError, ProgrammingError)), transaction.atomic():
        Term.objects.count()


def test_scope_shows_its_own_trust_only(trust, other_trust, in_scope):
    with in_scope(trust, other_trust):
        ours, theirs = TermFactory(trust=trust), TermFactory(trust=other_trust)

    with in_scope(trust):
        assert list(Term.objects.order_by("pk")) == [ours]
    with in_scope(other_trust):
        assert list(Term.objects.order_by("pk")) == [theirs]


def test_row_of_another_trust_cannot_be_written(trust, other_trust, in_scope):
    with pytest.raises(ProgrammingError, match="row-level security"), in_scope(trust):
        TermFactory(trust=other_trust)


def test_school_scope_shows_its_own_school_only(trust, school, in_scope):
    with in_scope(trust):
        ours = ObservationFactory(school=school)
        ObservationFactory(school=SchoolFactory(trust=trust))

    with tenancy.scope([trust.pk], school_ids=[school.pk], actor="test"):
        assert list(Observation.objects.order_by("pk")) == [ours]


def test_row_of_another_school_cannot_be_written(trust, school, in_scope):
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        tenancy.scope([trust.pk], school_ids=[school.pk], actor="test"),
    ):
        ObservationFactory(school=SchoolFactory(trust=trust))


def test_nested_scope_restores_the_outer_scope_even_after_an_error(trust, other_trust, in_scope):
    with in_scope(trust, other_trust):
        TermFactory(trust=trust)
        TermFactory(trust=other_trust)

    with in_scope(trust):
        with pytest.raises(ZeroDivisionError), in_scope(other_trust):
            _ = 1 / 0
        assert Term.objects.get().trust == trust
        with in_scope(other_trust):
            assert Term.objects.get().trust == other_trust
        assert Term.objects.get().trust == trust


def test_scope_needs_a_transaction(transactional_db):
    with pytest.raises(transaction.TransactionManagementError):
        tenancy.enter([1], actor="test")


def test_change_without_an_actor_is_refused(trust, in_scope):
    with pytest.raises(IntegrityError, match="audit_has_an_actor"), in_scope(trust, actor=""):
        TermFactory(trust=trust)


def test_change_is_audited_with_before_after_and_actor(trust, in_scope):
    with in_scope(trust, actor="user:42"):
        term = TermFactory(trust=trust)
        Term.objects.filter(pk=term.pk).update(season=2)

        created, updated = AuditEntry.objects.filter(table="schools_term").order_by("pk")

        assert (created.operation, created.actor, created.before) == ("INSERT", "user:42", None)
        assert (updated.before["season"], updated.after["season"]) == (1, 2)


def test_audit_and_decisions_cannot_be_changed(trust, school, in_scope):
    with in_scope(trust):
        made = ReturnFactory(school=school)
        ReturnDecision.objects.create(
            trust=trust, school=school, termly_return=made, step="submitted", decided_by=UserFactory(), decided_at=NOON
        )

        assert ReturnDecision.objects.update(step="accepted") == 0
        assert ReturnDecision.objects.all()._raw_delete("default") == 0
        assert AuditEntry.objects.update(actor="nobody") == 0
        assert AuditEntry.objects.all()._raw_delete("default") == 0


def test_person_reads_their_own_memberships_only(trust, other_trust, in_scope):
    with in_scope(trust, other_trust):
        mine = MembershipFactory(trust=trust)
        MembershipFactory(trust=trust)

    with transaction.atomic():
        tenancy.identify(mine.user_id)
        assert list(Membership.objects.order_by("pk")) == [mine]


def test_person_cannot_give_themselves_a_role_outside_a_scope(trust):
    user = UserFactory()

    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        tenancy.identify(user.pk)
        MembershipFactory(user=user, trust=trust, role=Role.EXECUTIVE_DIRECTOR)


def test_school_role_must_name_an_existing_school(trust, in_scope):
    with pytest.raises(IntegrityError, match="school_role_has_school"), in_scope(trust):
        MembershipFactory(trust=trust, role=Role.HEADTEACHER)
    with pytest.raises(IntegrityError, match="trusts_membership_school"), in_scope(trust):
        MembershipFactory(trust=trust, role=Role.HEADTEACHER, school_id=1)
        connection.check_constraints()

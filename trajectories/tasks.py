"""Entry points for recomputation. Each takes ids, opens a scope, calls one action, and is safe to run twice."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from kpis.actions.recomputation import want_recomputation_after_imports
from kpis.models import Recomputation
from schools.actions.calendar import plan_school_year
from schools.models import School, SchoolQuerySet
from schools.rules.terms import school_year_on
from trajectories.actions import recomputing
from trajectories.actions.national_tables import keep_national_tables
from trusts import tenancy
from trusts.models import Trust
from trusts.tasks import RETRY

SETTLING = timedelta(seconds=15)  # By then a message that was not lost has usually done its work.


@shared_task(**RETRY)
def recompute_school(*, trust_id: int, school_id: int) -> None:
    """Recalculate one school, then the trust's own figures."""
    keep_national_tables(at=timezone.now())
    with tenancy.scope([trust_id], actor="task:trajectories.recompute_school"):
        school = School.objects.filter(pk=school_id, trust_id=trust_id).first()
        if school is None:  # It has left the trust since the message was sent.
            return
        recomputing.recompute_school(trust_id=trust_id, school=school, at=timezone.now())
        recomputing.recompute_trust(trust_id=trust_id, on=timezone.localdate())


@shared_task(**RETRY)
def catch_up() -> int:
    """Send again what a lost message or a killed worker left undone. Return the number of schools."""
    trusts = list(Trust.objects.tenants().order_by("pk").values_list("pk", flat=True))
    with tenancy.scope(trusts, actor="task:trajectories.catch_up"):
        waiting = Recomputation.objects.stale().filter(wanted_at__lt=timezone.now() - SETTLING)
        stale = list(waiting.order_by("wanted_at").values_list("trust_id", "school_id"))
    for trust_id, school_id in stale:
        recompute_school.delay(trust_id=trust_id, school_id=school_id)
    return len(stale)


@shared_task(**RETRY)
def follow_imports() -> None:
    """Recompute, in a message for each trust, what rests on older published files than the newest import."""
    for trust_id in Trust.objects.tenants().order_by("pk").values_list("pk", flat=True):
        follow_imports_of_trust.delay(trust_id=trust_id)


@shared_task(**RETRY)
def follow_imports_of_trust(*, trust_id: int) -> int:
    """Recompute the schools of a trust that rest on older published files, then the trust. Return their number.

    All are noted first, so that their pages say so and the sweep finds those that a killed worker leaves.
    """
    actor = "task:trajectories.follow_imports_of_trust"
    with tenancy.scope([trust_id], actor=actor):
        behind = want_recomputation_after_imports(trust_id=trust_id, at=timezone.now())
    if behind:
        _recompute_schools(trust_id, School.objects.filter(trust_id=trust_id, pk__in=behind), actor=actor)
    return len(behind)


def _recompute_schools(trust_id: int, schools: SchoolQuerySet, *, actor: str) -> None:
    """Recompute schools, each in its own transaction so that nobody waits for the whole trust, then the trust."""
    keep_national_tables(at=timezone.now())
    with tenancy.scope([trust_id], actor=actor):
        found = list(schools.by_name())
    for school in found:
        with tenancy.scope([trust_id], actor=actor):
            recomputing.recompute_school(trust_id=trust_id, school=school, at=timezone.now())
    with tenancy.scope([trust_id], actor=actor):
        recomputing.recompute_trust(trust_id=trust_id, on=timezone.localdate())


@shared_task(**RETRY)
def nightly() -> None:
    """Recompute every trust in a message of its own, so that bad data in one cannot stop the others."""
    for trust_id in Trust.objects.tenants().order_by("pk").values_list("pk", flat=True):
        nightly_trust.delay(trust_id=trust_id)


@shared_task(**RETRY)
def nightly_trust(*, trust_id: int) -> None:
    """Recalculate every school of one trust, then the trust's own figures. A new school year gets its terms."""
    actor = "task:trajectories.nightly_trust"
    with tenancy.scope([trust_id], actor=actor):
        plan_school_year(trust_id=trust_id, school_year=school_year_on(timezone.localdate()))
    _recompute_schools(trust_id, School.objects.filter(trust_id=trust_id), actor=actor)

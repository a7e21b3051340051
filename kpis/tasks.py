"""Find similar schools again after an import and every night."""

from celery import shared_task
from django.utils import timezone

from kpis.actions.similar_schools import find_similar_schools
from kpis.queries.similar_figures import behind_the_imports
from trusts import tenancy
from trusts.models import Trust
from trusts.tasks import RETRY


@shared_task(**RETRY)
def find_similar() -> None:
    """Queue a task for each trust that finds its similar schools, because published data may have changed."""
    for trust_id in Trust.objects.tenants().order_by("pk").values_list("pk", flat=True):
        find_similar_of_trust.delay(trust_id=trust_id)


@shared_task(**RETRY)
def follow_imports() -> int:
    """Queue a task for each trust whose similar schools are older than the newest import; return how many."""
    trusts = list(Trust.objects.tenants().order_by("pk").values_list("pk", flat=True))
    with tenancy.scope(trusts, actor="task:kpis.follow_imports"):
        waiting = behind_the_imports(trusts)
    for trust_id in waiting:
        find_similar_of_trust.delay(trust_id=trust_id)
    return len(waiting)


@shared_task(**RETRY)
def find_similar_of_trust(*, trust_id: int) -> None:
    """Find the similar schools of one trust's schools."""
    with tenancy.scope([trust_id], actor="task:kpis.find_similar_of_trust"):
        find_similar_schools(trust_id=trust_id, at=timezone.now())

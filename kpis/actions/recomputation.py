"""Note that a school's data has changed, for the sweep of recomputations."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from kpis.models import Recomputation
from kpis.queries.similar_context import newest_file
from schools.models import School
from trusts.locks import locked


@transaction.atomic
def want_recomputation(*, school: School, trust_id: int, at: datetime) -> None:
    """Note that a school's accepted data has changed. The sweep finds the note if the message to the queue is lost."""
    want_recomputations(schools=[school], trust_id=trust_id, at=at)


@transaction.atomic
def want_recomputations(*, schools: Iterable[School], trust_id: int, at: datetime) -> None:
    """Note that the accepted data of several schools has changed, and lock their notes in the order of the URNs."""
    urns = sorted({school.pk for school in schools})
    notes = Recomputation.objects.filter(school__in=urns)
    there = set(locked(notes.order_by("school_id")).values_list("school_id", flat=True))
    new = [Recomputation(trust_id=trust_id, school_id=urn) for urn in urns if urn not in there]
    if new:
        Recomputation.objects.bulk_create(new, ignore_conflicts=True)  # Another transaction may add one too.
        list(locked(notes.order_by("school_id")))
    notes.update(wanted=F("wanted") + 1, wanted_at=at)


@transaction.atomic
def want_recomputation_after_imports(*, trust_id: int, at: datetime) -> list[int]:
    """Note that published data has changed for the schools of a trust whose results depend on older files.

    Return their ids. From then on their pages say that their results are being recalculated.
    """
    newest = newest_file()
    done = Recomputation.objects.filter(trust_id=trust_id, files_seen__gte=newest).values("school_id")
    behind = list(School.objects.filter(trust_id=trust_id).exclude(pk__in=done).order_by("pk")) if newest else []
    want_recomputations(schools=behind, trust_id=trust_id, at=at)
    ids = [school.pk for school in behind]
    Recomputation.objects.filter(school_id__in=ids).update(files_seen=newest)
    return ids

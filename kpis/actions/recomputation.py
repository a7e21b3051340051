"""Note that a school's accepted data has changed, for the sweep of recomputations."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from kpis.models import Recomputation
from schools.models import School


@transaction.atomic
def want_recomputation(*, school: School, trust_id: int, at: datetime) -> None:
    """Note that a school's accepted data has changed. The sweep finds the note if the message to the queue is lost."""
    note, _ = Recomputation.objects.get_or_create(trust_id=trust_id, school=school)
    Recomputation.objects.filter(pk=note.pk).update(wanted=F("wanted") + 1, wanted_at=at)

"""The note that a school's accepted data changed, which the sweep of recomputations reads."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from kpis.models import Recomputation
from schools.models import School


@transaction.atomic
def want_recomputation(*, school: School, trust_id: int, at: datetime) -> None:
    """Note that the school's accepted data changed. The sweep finds the note if the message that follows is lost."""
    note, _ = Recomputation.objects.get_or_create(trust_id=trust_id, school=school)
    Recomputation.objects.filter(pk=note.pk).update(wanted=F("wanted") + 1, wanted_at=at)

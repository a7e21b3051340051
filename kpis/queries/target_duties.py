"""The targets that wait for the Board, by school."""

from collections.abc import Mapping

from django.db.models import Count, Max
from django.utils import timezone

from kpis.models import TargetProposal
from kpis.rules.target_duties import WaitingTargets
from schools.models import School, Term


def waiting_targets(schools: Mapping[int, School], calendar: Mapping[int, Term]) -> list[WaitingTargets]:
    """Return what waits for the Board by school. One query.

    The term is that of the proposal, so that a new term does not tell of it anew; before the first, it is the first.
    """
    if not calendar:
        return []
    first = list(calendar)[-1]
    waiting = TargetProposal.objects.filter(state=TargetProposal.State.WAITING, school__in=schools)
    counted = waiting.values_list("school_id").annotate(count=Count("pk"), newest=Max("proposed_at"))
    return [
        WaitingTargets(
            school=urn,
            term=next((pk for pk, term in calendar.items() if term.starts_date <= day), first),
            count=count,
            newest=day,
        )
        for urn, count, newest in counted.order_by("school_id")
        for day in [timezone.localdate(newest)]
    ]

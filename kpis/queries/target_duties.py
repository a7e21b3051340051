"""Count the targets that the Board has to decide on, by school."""

from collections.abc import Mapping

from django.db.models import Count, Max
from django.utils import timezone

from kpis.models import TargetProposal
from kpis.rules.target_duties import WaitingTargets
from schools.models import School, Term


def waiting_targets(schools: Mapping[int, School], calendar: Mapping[int, Term]) -> list[WaitingTargets]:
    """Return the undecided proposals by school. One query.

    The term is the term of the newest proposal, so that a new term does not start new reminders. For proposals from
    before the first term in the calendar, it is the first term.
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

"""Find the decisions that still need an email, and who gets it."""

from datetime import date

from django.db.models import Q, QuerySet

from followup.queries import covers_on
from returns.models import Return, ReturnDecision
from returns.queries.duties import people_who_can_act
from trusts.models import Membership, Role, User

Step = ReturnDecision.Step
# Nobody has to act on an accepted return, but the person who submitted it expects to be told.
STEPS_WITH_LETTER = (Step.SENT_BACK, Step.ACCEPTED, Step.CORRECTION)


def unsent_decisions() -> QuerySet[ReturnDecision]:
    """Return the decisions that still need an email, with everything that the email shows.

    A school gets no email about a correction that it opened itself.
    """
    due = ReturnDecision.objects.filter(step__in=STEPS_WITH_LETTER, letter__isnull=True)
    by_the_school = Q(step=Step.CORRECTION) & Q(
        decided_by__in=Membership.objects.filter(school_id__isnull=False).values("user_id")
    )
    return due.exclude(by_the_school).select_related(
        "decided_by", "termly_return__school", "termly_return__term", "termly_return__submitted_by"
    )


def recipients(decision: ReturnDecision, *, on: date) -> list[User]:
    """Return the school's headteachers, or their deputies while they are away. Whoever submitted it comes first."""
    termly_return: Return = decision.termly_return
    held = Membership.objects.current(on=on).filter(
        trust_id=termly_return.trust_id, school_id=termly_return.school_id, user__is_active=True
    )
    held = held.filter(role__in=[Role.HEADTEACHER, Role.SCHOOL_CONTRIBUTOR])
    in_school = list(held.select_related("user").order_by("starts_date", "pk"))
    users = {membership.user_id: membership.user for membership in in_school}
    told = people_who_can_act(in_school, covers_on(on)).headteachers.get(termly_return.school_id, ())
    return sorted((users[person] for person in told), key=lambda user: user.pk != termly_return.submitted_by_id)

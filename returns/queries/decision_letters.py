"""Find the decisions that still need an email, and who gets it."""

from datetime import date

from django.db.models import Q, QuerySet

from returns.models import Return, ReturnDecision
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


def recipient(decision: ReturnDecision, *, on: date) -> User | None:
    """Return the headteacher who submitted the return, or the headteacher longest in post, or None."""
    termly_return: Return = decision.termly_return
    headteachers = Membership.objects.current(on=on).filter(
        trust_id=termly_return.trust_id, school_id=termly_return.school_id, role=Role.HEADTEACHER, user__is_active=True
    )
    found = [membership.user for membership in headteachers.select_related("user").order_by("starts_date", "pk")]
    return next((user for user in found if user.pk == termly_return.submitted_by_id), found[0] if found else None)

"""Find out whether a person would decide on the phase or journey of a school whose headteacher they are."""

from datetime import date, datetime

from django.utils import timezone

from schools.models import School
from trusts.models import Trust, User
from trusts.permissions import Access
from trusts.queries import SecondPerson, headteachers_of, second_person
from trusts.two_people import DecisionKind, refuse_own


def refuse_own_school(*, trust_id: int, school_id: int, by: User, at: datetime) -> None:
    """Refuse a decision on the phase or journey of a school whose headteacher the person is. One query.

    Raises:
        OwnDecision: they are a headteacher of the school.
    """
    headteachers = headteachers_of(trust_id, school_id, on=timezone.localdate(at))
    refuse_own(DecisionKind.SCHOOL_POSITION, decider=by.pk, proposers=headteachers)


def decides_instead(trust: Trust, school: School, *, access: Access, reader: User, on: date) -> SecondPerson | None:
    """Return who could decide instead of a reader who is its headteacher, or None. At most three queries."""
    if not access.heads(school.pk):
        return None
    headteachers = headteachers_of(trust.pk, school.pk, on=on)
    return second_person(DecisionKind.SCHOOL_POSITION, trust, reader=reader, proposers=headteachers, on=on)

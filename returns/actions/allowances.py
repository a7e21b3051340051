"""Give a school an extension or an exemption for one term, with a reason."""

from datetime import date, datetime

from django.db import transaction

from returns.models import Allowance, Return
from schools.models import School, Term
from trusts.models import User
from trusts.reasons import ReasonNeeded


class DueDateNotLater(ValueError):
    """An extension must move the due date to a later date."""


class AlreadySubmitted(Exception):
    """The school has already submitted, so it cannot be exempt."""


@transaction.atomic
def extend_return(*, school: School, term: Term, due_date: date, reason: str, by: User, at: datetime) -> Allowance:
    """Move the due date of a school's return for a term.

    Raises:
        ReasonNeeded: the reason is empty.
        NotLater: the date is not after the term's due date.
    """
    if due_date <= term.due_date:
        raise DueDateNotLater(str(due_date))
    return _allow(school, term, Allowance.Kind.EXTENDED, reason, by=by, at=at, due_date=due_date)


@transaction.atomic
def exempt_return(*, school: School, term: Term, reason: str, by: User, at: datetime) -> Allowance:
    """Exempt a school from its return for a term. Anything it has entered stays.

    Raises:
        ReasonNeeded: the reason is empty.
        TooLate: the school has already submitted.
    """
    if Return.objects.filter(school=school, term=term, submitted_at__isnull=False).exists():
        raise AlreadySubmitted(str(term))
    return _allow(school, term, Allowance.Kind.EXEMPT, reason, by=by, at=at)


@transaction.atomic
def ask_again(*, school: School, term: Term, reason: str, by: User, at: datetime) -> Allowance:
    """End an exemption: the school needs to submit its return.

    Raises:
        ReasonNeeded: the reason is empty.
    """
    return _allow(school, term, Allowance.Kind.ASKED, reason, by=by, at=at)


def _allow(
    school: School,
    term: Term,
    kind: Allowance.Kind,
    reason: str,
    *,
    by: User,
    at: datetime,
    due_date: date | None = None,
) -> Allowance:
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why: everybody who can see the return can read this")
    return Allowance.objects.create(
        trust_id=term.trust_id, school=school, term=term, kind=kind, due_date=due_date, reason=reason, given_by=by,
        given_at=at,
    )  # fmt: skip

"""What the trust allows a school in one term: more time, or no return at all. Each with its reason."""

from datetime import date, datetime

from django.db import transaction

from returns.models import Allowance, Return
from schools.models import School, Term
from trusts.models import User
from trusts.reasons import ReasonNeeded


class DueDateNotLater(ValueError):
    """An extension moves the due date to a later day."""


class AlreadySubmitted(Exception):
    """The school has submitted, so there is nothing to exempt it from."""


@transaction.atomic
def extend_return(*, school: School, term: Term, due_date: date, reason: str, by: User, at: datetime) -> Allowance:
    """Give a school until another day for its return of a term.

    Raises:
        ReasonNeeded: the reason is empty.
        NotLater: the day is not after the term's due date.
    """
    if due_date <= term.due_date:
        raise DueDateNotLater(str(due_date))
    return _allow(school, term, Allowance.Kind.EXTENDED, reason, by=by, at=at, due_date=due_date)


@transaction.atomic
def exempt_return(*, school: School, term: Term, reason: str, by: User, at: datetime) -> Allowance:
    """Ask a school for no return in a term. What it may have entered stays.

    Raises:
        ReasonNeeded: the reason is empty.
        TooLate: the school has submitted.
    """
    if Return.objects.filter(school=school, term=term, submitted_at__isnull=False).exists():
        raise AlreadySubmitted(str(term))
    return _allow(school, term, Allowance.Kind.EXEMPT, reason, by=by, at=at)


@transaction.atomic
def ask_again(*, school: School, term: Term, reason: str, by: User, at: datetime) -> Allowance:
    """End an exemption: the return is asked for after all.

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
        raise ReasonNeeded("Say why, so that everybody can read it beside the return")
    return Allowance.objects.create(
        trust_id=term.trust_id, school=school, term=term, kind=kind, due_date=due_date, reason=reason, given_by=by,
        given_at=at,
    )  # fmt: skip

"""Choose what the trust's returns ask for, from a date. Opened returns keep their lines."""

from datetime import date, datetime

from django.db import transaction

from kpis.models import IndicatorChoice, SchoolChoice
from schools.models import School
from trusts.models import User
from trusts.reasons import ReasonNeeded


class ChoiceInThePast(ValueError):
    """A change for all schools cannot begin before today, because earlier returns were made without it."""


@transaction.atomic
def choose_indicator(
    *, trust_id: int, code: str, is_asked: bool, from_date: date, reason: str, by: User, at: datetime, on: date
) -> IndicatorChoice:
    """Ask all schools for an indicator, or stop asking, in returns of terms that begin on ``from_date`` or later.

    Raises:
        ReasonNeeded: the reason is empty.
        InThePast: the first day is before ``on``, today.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Give a reason: everyone can read it with the indicator")
    if from_date < on:
        raise ChoiceInThePast(str(from_date))
    return IndicatorChoice.objects.create(
        trust_id=trust_id, indicator_id=code, is_asked=is_asked, from_date=from_date, reason=reason, chosen_by=by,
        chosen_at=at,
    )  # fmt: skip


@transaction.atomic
def choose_for_school(
    *,
    school: School,
    trust_id: int,
    code: str,
    is_asked: bool,
    from_date: date,
    reason: str,
    by: User,
    at: datetime,
    until_date: date | None = None,
) -> SchoolChoice:
    """Switch an indicator off for one school, with or without an end date, or on again.

    The first day may be in the past, because a school may not have opened the return for a term that has begun.
    Returns that have been opened keep their lines.

    Raises:
        ReasonNeeded: the reason is empty.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Give a reason: everyone can read it with the indicator")
    return SchoolChoice.objects.create(
        trust_id=trust_id, school=school, indicator_id=code, is_asked=is_asked, from_date=from_date,
        until_date=until_date, reason=reason, chosen_by=by, chosen_at=at,
    )  # fmt: skip

"""What the trust's returns ask: chosen from a day on, with a reason. Returns that were opened keep their lines."""

from datetime import date, datetime

from django.db import transaction

from kpis.models import IndicatorChoice, SchoolChoice
from schools.models import School
from trusts.models import User
from trusts.reasons import ReasonNeeded


class ChoiceInThePast(ValueError):
    """A change of what all schools are asked holds from today or later: returns of the past were made without it."""


@transaction.atomic
def choose_indicator(
    *, trust_id: int, code: str, is_asked: bool, from_date: date, reason: str, by: User, at: datetime, on: date
) -> IndicatorChoice:
    """Ask an indicator of every school, or of none, in returns of terms that begin on ``from_date`` or later.

    Raises:
        ReasonNeeded: the reason is empty.
        InThePast: the day is before ``on``, today.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why, so that everybody can read it beside the indicator")
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
    """Switch an indicator off for one school, for a time or until further notice, or on again.

    It may begin in the past: a term that began is not yet opened by every school. What was opened keeps its lines.

    Raises:
        ReasonNeeded: the reason is empty.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why, so that everybody can read it beside the indicator")
    return SchoolChoice.objects.create(
        trust_id=trust_id, school=school, indicator_id=code, is_asked=is_asked, from_date=from_date,
        until_date=until_date, reason=reason, chosen_by=by, chosen_at=at,
    )  # fmt: skip

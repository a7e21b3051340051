"""Indicators of the trust's own: added, and worded anew from a day on. Versions are added and never changed."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kpis.actions.definitions import keep_definitions
from kpis.actions.indicator_set import ChoiceInThePast
from kpis.actions.recomputation import want_recomputation
from kpis.catalogue import number_of
from kpis.catalogue.contradictions import OWN_PREFIX
from kpis.catalogue.own_indicators import FIXED_FIELDS, OwnIndicatorWording, own_indicator, own_indicator_faults
from kpis.models import IndicatorCode, OwnVersion
from kpis.queries.catalogue import own_versions
from schools.models import School
from trusts.models import Trust, User
from trusts.reasons import ReasonNeeded

UNNAMED = "An indicator of a trust’s own"  # The table of indicators is every trust's: what it means is not in it.


class ContradictoryWording(ValueError):
    """What is said of the indicator cannot all be meant: ``faults`` are fields and messages."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {message}" for key, message in faults))
        self.faults = faults


class DifferentIndicator(ValueError):
    """Counted or judged in another way it is another indicator: its figures could not be compared."""


@dataclass(frozen=True, kw_only=True)
class OwnIndicatorChange:
    """What an indicator of the trust's own is to mean, from which day on, and why."""

    said: OwnIndicatorWording
    from_date: date
    reason: str


@transaction.atomic
def add_own_indicator(*, trust: Trust, change: OwnIndicatorChange, by: User, at: datetime, on: date) -> str:
    """Add an indicator of the trust's own, which returns of terms from a day on ask; return its code.

    Raises:
        ReasonNeeded: the reason is empty.
        InThePast: the day is before ``on``, today.
        Contradictory: what is said of it cannot all be meant.
    """
    Trust.objects.select_for_update(no_key=True).get(pk=trust.pk)  # Of two added at once, each gets its own number.
    code = f"{OWN_PREFIX}{1 + max(map(number_of, own_versions()), default=0)}"
    IndicatorCode.objects.get_or_create(code=code, defaults={"title": UNNAMED, "area": ""})
    _add(trust, code, change, by=by, at=at, on=on)
    return code


@transaction.atomic
def change_own_indicator(
    *, trust: Trust, code: str, change: OwnIndicatorChange, by: User, at: datetime, on: date
) -> None:
    """Word an indicator of the trust's own anew from a day on. Opened returns keep what they were asked.

    Raises:
        ReasonNeeded: the reason is empty.
        InThePast: the day is before ``on``, today.
        Contradictory: what is said of it cannot all be meant.
        AnotherIndicator: it would be counted or judged in another way.
    """
    now = own_versions()[code][-1].definition.meaning
    if any(getattr(change.said, name) != getattr(now, name) for name in FIXED_FIELDS):
        raise DifferentIndicator(code)
    _add(trust, code, change, by=by, at=at, on=on)
    for school in School.objects.filter(trust=trust).by_name():
        want_recomputation(school=school, trust_id=trust.pk, at=at)


def _add(trust: Trust, code: str, change: OwnIndicatorChange, *, by: User, at: datetime, on: date) -> None:
    if not (reason := change.reason.strip()):
        raise ReasonNeeded("Say why, so that everybody can read it beside the indicator")
    if change.from_date < on:
        raise ChoiceInThePast(str(change.from_date))
    made = own_indicator(change.said, code=code, owner=trust.name, reviewed=on)
    if faults := list(own_indicator_faults(made)):
        raise ContradictoryWording(faults)
    kept = keep_definitions(trust_id=trust.pk, indicators=[made])[code]
    OwnVersion.objects.create(
        trust=trust, indicator_id=code, definition=kept, from_date=change.from_date, reason=reason, made_by=by,
        made_at=at,
    )  # fmt: skip

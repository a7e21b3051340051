"""Add indicators of the trust's own, and reword them from a date. Versions are added and never changed."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kpis.actions.definitions import keep_definitions
from kpis.actions.indicator_set import ChoiceInThePast
from kpis.actions.recomputation import want_recomputations
from kpis.catalogue import number_of
from kpis.catalogue.contradictions import OWN_PREFIX
from kpis.catalogue.own_indicators import FIXED_FIELDS, OwnIndicatorWording, own_indicator, own_indicator_faults
from kpis.models import IndicatorCode, OwnVersion
from kpis.queries.catalogue import own_versions
from schools.models import School
from trusts.locks import locked
from trusts.models import Trust, User
from trusts.reasons import ReasonNeeded

UNNAMED = "An indicator of a trust’s own"  # All trusts share the table of indicators, so it has no definitions.


class ContradictoryWording(ValueError):
    """The fields of the indicator contradict each other. ``faults`` has fields and messages."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {message}" for key, message in faults))
        self.faults = faults


class DifferentIndicator(ValueError):
    """The change is to the unit, direction or group of pupils, so that old and new figures could not be compared."""


@dataclass(frozen=True, kw_only=True)
class OwnIndicatorChange:
    """A new wording of an indicator of the trust's own, with its first day and the reason."""

    wording: OwnIndicatorWording
    from_date: date
    reason: str


@transaction.atomic
def add_own_indicator(*, trust: Trust, change: OwnIndicatorChange, by: User, at: datetime, on: date) -> str:
    """Add an indicator of the trust's own, for returns of terms that begin on a date or later; return its code.

    Raises:
        ReasonNeeded: the reason is empty.
        InThePast: the first day is before ``on``, today.
        Contradictory: the fields contradict each other.
    """
    locked(Trust.objects.filter(pk=trust.pk)).get()  # Two added at once need two codes.
    code = f"{OWN_PREFIX}{1 + max(map(number_of, own_versions()), default=0)}"
    IndicatorCode.objects.get_or_create(code=code, defaults={"title": UNNAMED, "area": ""})
    _add(trust, code, change, by=by, at=at, on=on)
    return code


@transaction.atomic
def change_own_indicator(
    *, trust: Trust, code: str, change: OwnIndicatorChange, by: User, at: datetime, on: date
) -> None:
    """Reword an indicator of the trust's own from a date. Opened returns do not change.

    Raises:
        ReasonNeeded: the reason is empty.
        InThePast: the first day is before ``on``, today.
        Contradictory: the fields contradict each other.
        AnotherIndicator: the unit, direction or group of pupils would change.
    """
    now = own_versions()[code][-1].definition.meaning
    if any(getattr(change.wording, name) != getattr(now, name) for name in FIXED_FIELDS):
        raise DifferentIndicator(code)
    _add(trust, code, change, by=by, at=at, on=on)
    want_recomputations(schools=School.objects.filter(trust=trust), trust_id=trust.pk, at=at)


def _add(trust: Trust, code: str, change: OwnIndicatorChange, *, by: User, at: datetime, on: date) -> None:
    if not (reason := change.reason.strip()):
        raise ReasonNeeded("Give a reason: everyone can read it with the indicator")
    if change.from_date < on:
        raise ChoiceInThePast(str(change.from_date))
    made = own_indicator(change.wording, code=code, owner=trust.name, reviewed=on)
    if faults := list(own_indicator_faults(made)):
        raise ContradictoryWording(faults)
    kept = keep_definitions(trust_id=trust.pk, indicators=[made])[code]
    OwnVersion.objects.create(
        trust=trust, indicator_id=code, definition=kept, from_date=change.from_date, reason=reason, made_by=by,
        made_at=at,
    )  # fmt: skip

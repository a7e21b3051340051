"""Store the definitions of indicators, once for each wording."""

from collections.abc import Iterable

from django.db import transaction

from kpis.catalogue import Indicator, as_kept, fingerprint
from kpis.models import Definition


@transaction.atomic
def keep_definitions(*, trust_id: int, indicators: Iterable[Indicator]) -> dict[str, Definition]:
    """Return the stored definition of each indicator by code. A wording that is already stored is not stored again."""
    by_fingerprint = {fingerprint(indicator): indicator for indicator in indicators}
    there = _kept(by_fingerprint)
    new = [indicator for indicator in by_fingerprint.values() if indicator.code not in there]
    if not new:
        return there
    Definition.objects.bulk_create(
        (
            Definition(
                trust_id=trust_id,
                indicator_id=indicator.code,
                content=as_kept(indicator),
                fingerprint=fingerprint(indicator),
            )
            for indicator in sorted(new, key=lambda indicator: indicator.code)
        ),
        ignore_conflicts=True,  # Two schools may open their returns at once.
    )
    return _kept(by_fingerprint)


def _kept(marks: Iterable[str]) -> dict[str, Definition]:
    return {row.indicator_id: row for row in Definition.objects.filter(fingerprint__in=list(marks)).order_by("pk")}

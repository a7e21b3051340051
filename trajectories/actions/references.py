"""Save the reference lines that a trust sets for itself."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from kpis.actions.recomputation import want_recomputations
from schools.models import School
from trajectories.models import TrustReference
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.trust_lines import TrustLine, faults_in, with_trust_lines
from trusts.locks import locked
from trusts.models import Trust, User


@transaction.atomic
def replace_reference(
    *, trust: Trust, lines: Collection[TrustLine], provenance: str, by: User, at: datetime
) -> TrustReference:
    """Save a new version of the trust's own lines, and mark every school of the trust for recomputing.

    Earlier versions stay as they are. With no ``lines``, the trust goes back to the standard ones.

    Raises:
        ValueError: the lines are out of range or out of order, the provenance is empty, or the trust already uses the
            standard lines and sets none.
    """
    if not (provenance := provenance.strip()):
        raise ValueError("a reference set needs its provenance")
    locked(Trust.objects.filter(pk=trust.pk)).get()  # Two versions set at once get different numbers.
    last = TrustReference.objects.filter(trust=trust).order_by("-number").first()
    if not lines and (last is None or not last.lines):
        raise ValueError("the trust already uses the standard lines")
    number = last.number + 1 if last else 1
    proposed = with_trust_lines(standard_reference(), lines, number=number, provenance=provenance)
    if faults := faults_in(proposed, sorted({line.phase for line in lines})):
        raise ValueError("; ".join(faults))
    version = TrustReference.objects.create(
        trust=trust,
        number=number,
        lines=[asdict(line) for line in lines],
        provenance=provenance,
        set_by=by,
        set_at=at,
    )
    want_recomputations(schools=School.objects.filter(trust=trust), trust_id=trust.pk, at=at)
    return version

"""Which reference lines are in force in a trust, and which were."""

from collections.abc import Sequence

from trajectories.models import TrustReference
from trajectories.rules.reference import ReferenceSet, standard_reference
from trajectories.rules.trust_lines import TrustLine, with_trust_lines


def reference_in_force(trust_id: int) -> ReferenceSet:
    """Return the reference set that places the trust's schools: its newest own, else the standard. One query."""
    newest = TrustReference.objects.filter(trust_id=trust_id).order_by("-number").first()
    return reference_of(newest)


def reference_of(version: TrustReference | None) -> ReferenceSet:
    """Return one version of a trust's lines as the engine takes them; the standard set for none."""
    if version is None or not version.lines:
        return standard_reference()
    lines = [TrustLine(**each) for each in version.lines]
    return with_trust_lines(standard_reference(), lines, number=version.number, provenance=version.provenance)


def reference_versions(trust_id: int) -> Sequence[TrustReference]:
    """Return every version that the trust has set, newest first, with who set it. One query."""
    return list(TrustReference.objects.filter(trust_id=trust_id).select_related("set_by").order_by("-number"))

"""Read extensions and exemptions: when returns are due, and who is exempt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from returns.models import Allowance
from schools.models import Term


@dataclass(frozen=True, kw_only=True)
class AllowancesInForce:
    """The extension and exemption that apply to a school in a term, if any."""

    extension: Allowance | None = None
    exemption: Allowance | None = None

    def due(self, term: Term) -> date:
        """Return the date when the school's return for ``term`` is due."""
        moved = self.extension.due_date if self.extension else None
        return moved or term.due_date


NO_ALLOWANCES = AllowancesInForce()


def allowances(terms: Iterable[Term]) -> Mapping[tuple[int, int], AllowancesInForce]:
    """Return the extensions and exemptions of the schools in scope, by URN and term. One query."""
    newest: dict[tuple[int, int], dict[str, Allowance | None]] = {}
    for allowance in Allowance.objects.filter(term__in=terms).select_related("given_by").order_by("given_at", "pk"):
        held = newest.setdefault((allowance.school_id, allowance.term_id), {})
        if allowance.kind == Allowance.Kind.EXTENDED:
            held["extension"] = allowance
        else:
            held["exemption"] = allowance if allowance.kind == Allowance.Kind.EXEMPT else None
    return {key: AllowancesInForce(**held) for key, held in newest.items()}

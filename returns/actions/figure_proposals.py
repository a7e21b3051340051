"""Suggest figures to a school for its return. A figure counts only once the school has confirmed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from returns.models import FigureProposal
from schools.models import School, Term
from trusts.models import User


@dataclass(frozen=True, kw_only=True)
class ProposedFigure:
    """A figure to suggest, in the indicator's unit, with its parts if the file has them."""

    code: str
    value: Decimal
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@transaction.atomic
def propose_figures(
    *,
    school: School,
    term: Term,
    figures: Sequence[ProposedFigure],
    kind: FigureProposal.Kind,
    source: str,
    by: User,
    at: datetime,
) -> int:
    """Suggest figures for a school's return for a term. Return how many.

    ``source`` describes where the figures are from. They replace earlier suggestions for the same lines. Confirmed
    lines do not change.
    """
    FigureProposal.objects.bulk_create(
        (
            FigureProposal(
                trust_id=term.trust_id, school=school, term=term, indicator_id=figure.code, value=figure.value,
                numerator=figure.numerator, denominator=figure.denominator, kind=kind, source=source, proposed_by=by,
                proposed_at=at,
            )
            for figure in sorted(figures, key=lambda figure: figure.code)
        ),
        update_conflicts=True,
        unique_fields=["school", "term", "indicator", "pupil_group", "trust"],
        update_fields=["value", "numerator", "denominator", "kind", "source", "proposed_by", "proposed_at"],
    )  # fmt: skip
    return len(figures)

"""Count what carries over to a new school year."""

from dataclasses import dataclass

from kpis.models import IndicatorChoice, SchoolChoice
from kpis.queries.targets import targets_to_carry
from returns.models import LineAssignment
from trusts.models import Trust


@dataclass(frozen=True, kw_only=True)
class CarriedOver:
    """How many targets, choices and assignments carry over."""

    targets: int
    choices: int
    assignments: int


def carried_over(trust: Trust, school_year: int) -> CarriedOver:
    """Count what carries over to a new school year. Five queries."""
    return CarriedOver(
        targets=len(targets_to_carry(trust, school_year)),
        choices=IndicatorChoice.objects.count() + SchoolChoice.objects.filter(school__trust=trust).count(),
        assignments=LineAssignment.objects.filter(school__trust=trust).count(),
    )

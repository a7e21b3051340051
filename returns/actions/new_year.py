"""Begin a school year: set its terms, and propose last year's targets again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kpis.actions.targets import ProposedTarget, propose_targets
from kpis.queries.targets import targets_to_carry
from kpis.rules.typed_targets import TypedTarget
from schools.actions.calendar import set_terms
from schools.rules.calendar import TermPlan
from schools.rules.terms import school_year_label
from trusts.models import Trust, User


@transaction.atomic
def begin_school_year(
    *, trust: Trust, school_year: int, plans: Sequence[TermPlan], with_targets: bool, by: User, at: datetime
) -> int:
    """Set the terms of a school year, and propose last year's targets to the Board again. Return how many.

    The lines of returns and who fills them in apply until they are changed, so they carry over automatically.
    """
    set_terms(trust_id=trust.pk, plans=plans)
    if not with_targets:
        return 0
    proposed = [
        ProposedTarget(
            school=target.school,
            code=target.indicator_id,
            school_year=school_year,
            target=TypedTarget(value=target.value, upper=target.upper_value, tolerance=target.tolerance),
            reason=f"As in {school_year_label(school_year - 1)}",
        )
        for target in targets_to_carry(trust, school_year)
    ]
    return len(propose_targets(trust_id=trust.pk, proposed=proposed, by=by, at=at))

"""The trust's calendar: its terms, with the days that returns are due, and a year that rolls over into the next."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from kpis.actions.targets import Proposed, propose_targets
from kpis.models import Term
from kpis.queries.history import season_of
from kpis.queries.targets import targets_to_carry
from kpis.rules import terms
from kpis.rules.calendar import TermPlan, usual_plan
from kpis.rules.proposing import Wanted
from kpis.rules.terms import Period, label
from trusts.models import Trust, User


@transaction.atomic
def plan_term(*, trust_id: int, period: Period) -> Term:
    """Put one term into the trust's calendar, on the usual days; a term that is there keeps its own."""
    plan = usual_plan(period)
    term, _ = Term.objects.get_or_create(
        trust_id=trust_id,
        school_year=period.school_year,
        season=season_of(period),
        defaults=_days(plan),
    )
    return term


@transaction.atomic
def plan_school_year(*, trust_id: int, school_year: int) -> list[Term]:
    """Put the three terms of a school year into the trust's calendar, so that heads can start their returns."""
    return [plan_term(trust_id=trust_id, period=Period(school_year, term)) for term in terms.Term]


@transaction.atomic
def set_terms(*, trust_id: int, plans: Sequence[TermPlan]) -> list[Term]:
    """Put terms into the trust's calendar on days that were checked (``kpis.rules.calendar``).

    A return of a term that is there keeps its lines and is due on the new day, unless it has an extension.
    """
    return [
        Term.objects.update_or_create(
            trust_id=trust_id,
            school_year=plan.period.school_year,
            season=season_of(plan.period),
            defaults=_days(plan),
        )[0]
        for plan in plans
    ]


def _days(plan: TermPlan) -> dict[str, date | None]:
    return {
        "starts_date": plan.starts,
        "ends_date": plan.ends,
        "due_date": plan.due,
        "break_starts_date": plan.break_starts,
        "break_ends_date": plan.break_ends,
    }


@transaction.atomic
def begin_school_year(
    *, trust: Trust, school_year: int, plans: Sequence[TermPlan], with_targets: bool, by: User, at: datetime
) -> int:
    """Begin a school year: its terms, and last year's targets put before the Board again. Return how many.

    What returns ask and who fills in which lines hold until they are changed, so they carry over by themselves.
    """
    set_terms(trust_id=trust.pk, plans=plans)
    if not with_targets:
        return 0
    proposed = [
        Proposed(
            school=each.school,
            code=each.indicator_id,
            school_year=school_year,
            wanted=Wanted(value=each.value, upper=each.upper_value, tolerance=each.tolerance),
            reason=f"As in {label(school_year - 1)}",
        )
        for each in targets_to_carry(trust, school_year)
    ]
    return len(propose_targets(trust_id=trust.pk, proposed=proposed, by=by, at=at))

"""The trust's calendar: its terms, with the days that returns are due, and a year that rolls over into the next."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from schools.models import Term
from schools.queries import season_of
from schools.rules import terms
from schools.rules.calendar import TermPlan, usual_plan
from schools.rules.terms import Period


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
    """Put terms into the trust's calendar on days that were checked (``schools.rules.calendar``).

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

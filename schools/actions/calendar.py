"""Write the trust's calendar: its terms and the due dates of returns."""

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
    """Add a term with the usual days to the trust's calendar. An existing term keeps its days."""
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
    """Add the three terms of a school year to the trust's calendar, so that schools can start their returns."""
    return [plan_term(trust_id=trust_id, period=Period(school_year, term)) for term in terms.TermOfYear]


@transaction.atomic
def set_terms(*, trust_id: int, plans: Sequence[TermPlan]) -> list[Term]:
    """Write terms to the trust's calendar. ``schools.rules.calendar`` must have checked their days.

    A return for an existing term keeps its lines and is due on the new day, unless it has an extension.
    """
    written = [
        Term(
            trust_id=trust_id,
            school_year=plan.period.school_year,
            season=season_of(plan.period),
            **_days(plan),
        )
        for plan in plans
    ]
    return Term.objects.bulk_create(
        sorted(written, key=lambda term: (term.school_year, term.season)),
        update_conflicts=True,
        unique_fields=["trust", "school_year", "season"],
        update_fields=["starts_date", "ends_date", "due_date", "break_starts_date", "break_ends_date"],
    )


def _days(plan: TermPlan) -> dict[str, date | None]:
    return {
        "starts_date": plan.starts,
        "ends_date": plan.ends,
        "due_date": plan.due,
        "break_starts_date": plan.break_starts,
        "break_ends_date": plan.break_ends,
    }

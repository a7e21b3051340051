"""The trust's calendar: its terms, with the days that returns are due."""

from django.db import transaction

from kpis.models import Term
from kpis.queries.history import season_of
from kpis.rules import terms
from kpis.rules.terms import Period, usual_days


@transaction.atomic
def plan_term(*, trust_id: int, period: Period) -> Term:
    """Put one term into the trust's calendar, on the usual days; a term that is there keeps its own."""
    days = usual_days(period)
    term, _ = Term.objects.get_or_create(
        trust_id=trust_id,
        school_year=period.school_year,
        season=season_of(period),
        defaults={"starts_date": days.starts, "ends_date": days.ends, "due_date": days.due},
    )
    return term


@transaction.atomic
def plan_school_year(*, trust_id: int, school_year: int) -> list[Term]:
    """Put the three terms of a school year into the trust's calendar, so that heads can start their returns."""
    return [plan_term(trust_id=trust_id, period=Period(school_year, term)) for term in terms.Term]

"""Choose the period of a trust's figure, and calculate it from what a reader may see of its schools."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from kpis.catalogue import Indicator
from kpis.rules.rollup import CalculatedTrustFigure, SchoolFigure, trust_figure
from kpis.rules.score import Figure
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.rules.terms import Period

YEARS_LOOKED_AT = 2  # School years: the newest year with figures and the one before it.
FiguresAsShown = Mapping[int, Mapping[str, Sequence[Figure]]]  # By URN, then indicator code.


def first_year_looked_at(figures: FiguresAsShown) -> int:
    """Return the first of the last two school years that any figure is about."""
    years = (figure.period.school_year for own in figures.values() for found in own.values() for figure in found)
    return max(years, default=0) - YEARS_LOOKED_AT + 1


def recent_figures(
    schools: Collection[School], indicator: Indicator, figures: FiguresAsShown, *, since: int
) -> dict[School, Figure]:
    """Return the schools' figures for one period, the same for all. Schools without a figure are left out.

    The period is the newest for which at least half of the schools that are asked have a figure, so that the first
    return of a term does not become the trust's figure. If there is no such period, it is the newest for which any
    school has one. School years before ``since`` are left out.
    """
    asked = [school for school in schools if school.phase in indicator.phases]
    by_period: dict[Period, dict[School, Figure]] = defaultdict(dict)
    for school in asked:
        for figure in figures.get(school.pk, {}).get(indicator.code, []):
            if figure.period.school_year >= since:
                by_period[figure.period][school] = figure
    if not by_period:
        return {}
    return by_period[max(by_period, key=lambda period: (2 * len(by_period[period]) >= len(asked), period.order))]


def total_of(
    schools: Collection[School], indicator: Indicator, recent: Mapping[School, Figure]
) -> CalculatedTrustFigure:
    """Return the trust's figure from the figures of one period, as they are shown."""
    parts = [
        recent[school].as_part(school.name)
        if school in recent
        else SchoolFigure(school=school.name, status=ValueStatus.TO_FOLLOW)
        for school in schools
        if school.phase in indicator.phases
    ]
    return trust_figure(parts, roll_up=indicator.roll_up, unit=indicator.unit, decimals=indicator.decimals)

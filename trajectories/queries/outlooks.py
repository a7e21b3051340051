"""Early warning: what a school's figures say of the year under way, and the newest outlook of each measure."""

from collections.abc import Collection, Mapping, Sequence

from kpis.catalogue import Indicator, load
from kpis.rules.score import Figure
from schools.models import School
from schools.rules.terms import Period
from trajectories.models import Outlook
from trajectories.rules.in_year import RATES, InYear, OwnForecast, PastForecast, Rate

# What is foreseen for a school of each phase of education, the headline first; an all-through school has both.
MEASURES = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "KS2PROGRESS"),
}
PHASES = {"primary": ("primary",), "secondary": ("secondary",), "all-through": ("secondary", "primary")}
Figures = Mapping[str, Sequence[Figure]]  # Of one school, by indicator.


def newest_outlooks(schools: Collection[School]) -> dict[int, list[Outlook]]:
    """Return the newest outlook of each school and measure by URN, headline measures first. One query."""
    order = [code for codes in MEASURES.values() for code in codes]
    rows = Outlook.objects.filter(school__in=schools).order_by("school_id", "measure", "-pk")
    found: dict[int, list[Outlook]] = {school.pk: [] for school in schools}
    for row in rows.distinct("school_id", "measure"):
        found[row.school_id].append(row)
    for school in schools:
        foreseen = [code for phase in PHASES.get(school.phase, ()) for code in MEASURES[phase]]
        # A measure that is not foreseen any more keeps its last row; a school of another phase has one without measure.
        kept = [row for row in found[school.pk] if row.measure in (foreseen or [""])]
        found[school.pk] = sorted(kept, key=lambda row: order.index(row.measure) if row.measure else -1)
    return found


def in_year(figures: Figures, measure: str, year: int) -> InYear:
    """Return what the accepted figures of a school say of one measure in one year.

    The rates of absence of every accepted term whose term a year earlier is held too; the newest forecast that the
    school itself made of the measure, and those of the same term in earlier years with the result that followed.
    """
    rates = tuple(rate for code in RATES for rate in _rates(code, figures.get(code, ()), year))
    result = _indicator_of(measure)
    said = _terms(figures.get(_forecast_of(result), ())) if result else {}
    this_year = [period for period in said if period.school_year == year]
    if result is None or not this_year:
        return InYear(rates=rates)
    newest = max(this_year, key=lambda period: period.order)
    results = {each.period.school_year: each.value for each in figures.get(result.code, ()) if not each.period.term}
    past = [
        PastForecast(year=period.school_year, said=said[period], was=float(was))
        for period in sorted(said, key=lambda each: each.order)
        if period.term is newest.term and period.school_year < year
        if (was := results.get(period.school_year)) is not None
    ]
    return InYear(rates=rates, own=OwnForecast(term=newest.label, value=said[newest]), past=tuple(past))


def _rates(code: str, figures: Sequence[Figure], year: int) -> list[Rate]:
    known = _terms(figures)
    return [
        Rate(indicator=code, term=period.label, now=known[period], before=known[period.same_a_year_earlier()])
        for period in sorted(known, key=lambda each: each.order)
        if period.school_year == year and period.same_a_year_earlier() in known
    ]


def _terms(figures: Sequence[Figure]) -> dict[Period, float]:
    """Return the figures of terms that have a number; what is missing is left out, and is not nought."""
    return {each.period: float(each.value) for each in figures if each.period.term and each.value is not None}


def _indicator_of(measure: str) -> Indicator | None:
    return next((each for each in load() if each.comparator.measure == measure and each.pupil_group == "all"), None)


def _forecast_of(result: Indicator) -> str:
    return next((each.code for each in load() if each.comparator.same_as == result.code), "")

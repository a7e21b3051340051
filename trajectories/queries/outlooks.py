"""Early warning: what a school's figures say about the current year, and the newest outlook of each measure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from django.utils import timezone

from kpis.catalogue import Indicator, catalogue_indicators
from kpis.rules.score import Figure
from schools.models import School
from schools.rules.terms import Period
from trajectories.models import Outlook
from trajectories.rules.forecast_results import FIELDS, ForecastResult
from trajectories.rules.in_year_figures import RATES, AbsenceRate, InYearFigures, PastSchoolForecast, SchoolForecast

# What is forecast for a school of each phase of education, the headline first. An all-through school has both.
MEASURES = {
    "secondary": ("P8MEA", "ATT8SCR"),
    "primary": ("PTRWM_EXP", "KS2PROGRESS"),
}
PHASES = {"primary": ("primary",), "secondary": ("secondary",), "all-through": ("secondary", "primary")}
FiguresByIndicator = Mapping[str, Sequence[Figure]]  # One school's figures, by indicator.


def newest_outlooks(schools: Collection[School]) -> dict[int, list[Outlook]]:
    """Return the newest outlook of each school and measure by URN, headline measures first. One query."""
    order = [code for codes in MEASURES.values() for code in codes]
    rows = Outlook.objects.filter(school__in=schools).order_by("school_id", "measure", "-pk")
    newest: dict[int, list[Outlook]] = {school.pk: [] for school in schools}
    for row in rows.distinct("school_id", "measure"):
        newest[row.school_id].append(row)
    for school in schools:
        forecast = [code for phase in PHASES.get(school.phase, ()) for code in MEASURES[phase]]
        # A measure no longer forecast keeps its last row. A school of another phase has a row without a measure.
        kept = [row for row in newest[school.pk] if row.measure in (forecast or [""])]
        newest[school.pk] = sorted(kept, key=lambda row: order.index(row.measure) if row.measure else -1)
    return newest


def results_of(outlook: Outlook) -> list[ForecastResult]:
    """Return the school's earlier forecasts of the same measure whose results are known, oldest first."""
    return [ForecastResult(**row) for row in (outlook.inputs or {}).get("results", [])]


def forecasts_made(school: School) -> list[dict[str, Any]]:
    """Return every forecast that was made of a school's results, oldest first, as ``forecast_results`` takes them."""
    rows = Outlook.objects.filter(school=school, expected__isnull=False).order_by("pk")
    return [
        {
            "measure": row.measure,
            "year": row.school_year,
            "made_on": timezone.localdate(row.computed_at).isoformat(),
            "known_to": row.data_cutoff,
            **{name: getattr(row, name) for name in FIELDS},
        }
        for row in rows.defer("inputs", "reason")
    ]


def results_known(history: pd.DataFrame) -> dict[tuple[str, int], tuple[float, str]]:
    """Return the value and the release of each result of a history for a forecast, by measure and year."""
    columns = (history[name] for name in ("measure", "year", "value", "release"))
    return {
        (str(measure), int(year)): (float(value), str(release))
        for measure, year, value, release in zip(*columns, strict=True)
    }


def in_year_figures(figures: FiguresByIndicator, measure: str, year: int) -> InYearFigures:
    """Return what a school's accepted figures say about one measure in one year.

    That is the absence rates of every accepted term that also has a rate for the same term a year earlier; the newest
    forecast that the school itself made of the measure; and its forecasts of the same term in earlier years, with the
    results that followed.
    """
    rates = tuple(rate for code in RATES for rate in _rates(code, figures.get(code, ()), year))
    result = _indicator_of(measure)
    forecasts = _terms(figures.get(_forecast_of(result), ())) if result else {}
    this_year = [period for period in forecasts if period.school_year == year]
    if result is None or not this_year:
        return InYearFigures(rates=rates)
    newest = max(this_year, key=lambda period: period.order)
    results = {row.period.school_year: row.value for row in figures.get(result.code, ()) if not row.period.term}
    past = [
        PastSchoolForecast(year=period.school_year, expected=forecasts[period], was=float(was))
        for period in sorted(forecasts, key=lambda period: period.order)
        if period.term is newest.term and period.school_year < year
        if (was := results.get(period.school_year)) is not None
    ]
    return InYearFigures(rates=rates, own=SchoolForecast(term=newest.label, value=forecasts[newest]), past=tuple(past))


def _rates(code: str, figures: Sequence[Figure], year: int) -> list[AbsenceRate]:
    known = _terms(figures)
    return [
        AbsenceRate(indicator=code, term=period.label, now=known[period], before=known[period.same_a_year_earlier()])
        for period in sorted(known, key=lambda period: period.order)
        if period.school_year == year and period.same_a_year_earlier() in known
    ]


def _terms(figures: Sequence[Figure]) -> dict[Period, float]:
    """Return the figures of terms that have a number. A missing figure is left out: it is not zero."""
    return {figure.period: float(figure.value) for figure in figures if figure.period.term and figure.value is not None}


def _indicator_of(measure: str) -> Indicator | None:
    return next(
        (row for row in catalogue_indicators() if row.comparator.measure == measure and row.pupil_group == "all"), None
    )


def _forecast_of(result: Indicator) -> str:
    return next(
        (indicator.code for indicator in catalogue_indicators() if indicator.comparator.same_as == result.code), ""
    )

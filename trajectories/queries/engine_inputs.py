"""What the engine reads about a school: published results, figures for the phase rubric, people's judgements."""

from decimal import Decimal
from itertools import pairwise

import pandas as pd

from kpis.catalogue import FigureUnit, catalogue_by_code, national_figures, nearest_national
from kpis.queries.known_figures import compared_measures
from kpis.rules.score import Figure
from published.queries import published_results_of
from schools.models import School
from schools.rules.terms import Period
from trajectories.models import LineJudgement
from trajectories.rules.forecast_model import CONTEXT
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import NationalTables, percentile_of
from trajectories.rules.phase import LineLevel
from trajectories.rules.standing import COLUMNS, Standing

PROGRESS_LIMITS = {"lower": "P8CILOW", "upper": "P8CIUPP"}
TERMS_IN_A_YEAR = 3


def published_for_engine(school: School) -> pd.DataFrame:
    """Return the published figures that a recomputation reads, as ``published_results_of`` does. Two queries."""
    return published_results_of([school.pk], measures={*measures(), *CONTEXT, *compared_measures()})


def results_for_engine(school: School, read: pd.DataFrame) -> pd.DataFrame:
    """Return a school's published results in the shape that standings take, one row for each figure and release.

    ``read`` is what ``published_for_engine`` returned. Columns ``urn, phase_of_education, measure, year, release,
    value, status, cohort``. The limits of Progress 8 become separate rows, as they are in the published files.
    Predecessors' results have the school's own URN.
    """
    frame = read[read["measure"].isin(measures()) & (read["pupil_group"] == "all")]
    frame = frame.rename(columns={"school_year": "year"})
    progress = frame[(frame["measure"] == "P8MEA") & (frame["status"] == "value")]
    limits = [
        known.assign(measure=code, value=known[column])
        for column, code in PROGRESS_LIMITS.items()
        for known in [progress.dropna(subset=[column])]
    ]
    whole = pd.concat([frame, *limits], ignore_index=True)
    return whole.assign(phase_of_education=school.phase)[[*COLUMNS, "cohort"]]


def rubric_figures(
    school: School,
    standings: list[Standing],
    figures: dict[str, list[Figure]],
    tables: NationalTables | None = None,
) -> dict[str, float | None]:
    """Return the figures that the phase rubric reads, by feature name; None where the school has no such figure.

    ``band`` is the mean of the last two published years. ``sickness_days`` is the sum of the last three terms if they
    are consecutive. ``suspensions_ratio`` is the latest suspensions rate divided by the national rate of the same term
    and phase of education.
    """
    bands = [row.band for row in sorted(standings, key=lambda row: row.year) if row.band is not None]
    return {
        "band": sum(bands[-2:]) / len(bands[-2:]) if bands else None,
        "absence_percentile": _absence_percentile(school, figures.get("AB1", []), tables),
        "turnover": _latest(figures.get("STF3", [])),
        "sickness_days": _year_of_terms(figures.get("STF1", [])),
        "suspensions_ratio": _suspensions_ratio(school, figures.get("AB6", [])),
        "reserves_percent": _latest(figures.get("FIN2", [])),
    }


def judgements_by_voice(school: School) -> dict[str, dict[str, LineLevel]]:
    """Return the latest judgement of each line of the rubric by voice (school, trust). One query."""
    return {
        line: {voice: LineLevel(phase=row.phase, voice=voice, reason=row.reason) for voice, row in voices.items()}
        for line, voices in latest_judgements(school).items()
    }


def latest_judgements(school: School) -> dict[str, dict[str, LineJudgement]]:
    """Return the newest row of each line and voice, with the person who judged. One query."""
    newest: dict[str, dict[str, LineJudgement]] = {}
    rows = LineJudgement.objects.filter(school=school).select_related("judged_by")
    for row in rows.order_by("line", "voice", "-judged_at", "-pk").distinct("line", "voice"):
        newest.setdefault(row.line, {})[row.voice] = row
    return newest


def _known(figures: list[Figure]) -> list[tuple[Period, Decimal, Figure]]:
    known = [(figure.period, figure.value, figure) for figure in figures if figure.value is not None]
    return sorted(known, key=lambda row: row[0].order)


def _latest(figures: list[Figure]) -> float | None:
    known = _known(figures)
    return float(known[-1][1]) if known else None


def _year_to_date(figures: list[Figure]) -> list[tuple[Period, Decimal, Figure]]:
    """Return the newest three terms, oldest first, if they are consecutive; otherwise nothing."""
    terms = [row for row in _known(figures) if row[0].term][-TERMS_IN_A_YEAR:]
    follow = all(after[0] == before[0].next() for before, after in pairwise(terms))
    return terms if follow and len(terms) == TERMS_IN_A_YEAR else []


def _suspensions_ratio(school: School, figures: list[Figure]) -> float | None:
    """Divide the latest figure that has a national one, of its own term and phase of education, by that one."""
    for period, value, _ in reversed(_known(figures)):
        term = period.term.value if period.term else ""
        national = nearest_national(
            national_figures(),
            catalogue_by_code()["AB6"],
            phase=school.phase,
            school_year=period.school_year,
            term=term,
        )
        if national is not None and national.phase == school.phase and national.term == term and national.value:
            return float(value / national.value)
    return None


def _year_of_terms(figures: list[Figure]) -> float | None:
    terms = _year_to_date(figures)
    return float(sum(value for _, value, _ in terms)) if terms else None


def _absence_percentile(school: School, figures: list[Figure], tables: NationalTables | None) -> float | None:
    """Return the national percentile of the latest whole year of absence: published, or else three terms in a row.

    Three terms are combined by their sessions, because rates of terms of different length cannot be averaged. If the
    sessions of a term are not known, the three terms do not make a year.
    """
    years = [row for row in _known(figures) if not row[0].term]
    terms = _year_to_date(figures)
    parts = [figure.as_part() for _, _, figure in terms]
    if terms and all(part.has_parts for part in parts) and (not years or terms[-1][0].order > years[-1][0].order):
        absent = sum((part.numerator for part in parts if part.numerator is not None), Decimal(0))
        possible = sum((part.denominator for part in parts if part.denominator is not None), Decimal(0))
        rate = float(absent / possible * FigureUnit.PERCENT.multiplier)
        return percentile_of("PERCTOT", school.phase, terms[-1][0].school_year, "final", rate, tables)
    if not years:
        return None
    return percentile_of("PERCTOT", school.phase, years[-1][0].school_year, "final", float(years[-1][1]), tables)

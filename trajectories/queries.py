"""What the engine is given about a school."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from kpis.queries.published import published
from kpis.rules.score import Figure
from schools.models import School
from trajectories.models import CapacityStatus, LineJudgement, PhaseProposal, Placement
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import percentile_of
from trajectories.rules.phase import LineLevel
from trajectories.rules.standing import COLUMNS, Standing

PROGRESS_LIMITS = {"lower": "P8CILOW", "upper": "P8CIUPP"}
TERMS_IN_A_YEAR = 3


def results_for_engine(schools: Collection[School]) -> pd.DataFrame:
    """Return the published results of schools as the engine's standings take them, one row a figure and release.

    Columns ``urn, phase_of_education, measure, year, release, value, status``. The limits of Progress 8 become rows
    of their own, as they are in the published files. Predecessors' results stand under the school's own URN.
    """
    phases = {school.pk: school.phase for school in schools}
    frame = published(list(phases), measures=list(measures()))
    frame = frame[frame["pupil_group"] == "all"].rename(columns={"school_year": "year"})
    progress = frame[(frame["measure"] == "P8MEA") & (frame["status"] == "value")]
    limits = [
        progress.dropna(subset=[column]).assign(measure=code, value=progress[column])
        for column, code in PROGRESS_LIMITS.items()
    ]
    whole = pd.concat([frame, *limits], ignore_index=True)
    return whole.assign(phase_of_education=whole["urn"].map(phases))[COLUMNS]


def features(school: School, standings: list[Standing], figures: dict[str, list[Figure]]) -> dict[str, float | None]:
    """Return the figures that the phase rubric reads, by feature name; None where there is none.

    ``band`` is the mean of the last two published years, ``sickness_days`` the sum of the last three terms.
    """
    bands = [each.band for each in sorted(standings, key=lambda each: each.year) if each.band is not None]
    return {
        "band": sum(bands[-2:]) / len(bands[-2:]) if bands else None,
        "absence_percentile": _absence_percentile(school, figures.get("AB1", [])),
        "turnover": _latest(figures.get("STF3", [])),
        "sickness_days": _year_of_terms(figures.get("STF1", [])),
        "reserves_percent": _latest(figures.get("FIN2", [])),
    }


def judgements(school: School) -> dict[str, dict[str, LineLevel]]:
    """Return the latest judgement of each line of the rubric by voice (school, trust). One query."""
    found: dict[str, dict[str, LineLevel]] = {}
    for row in LineJudgement.objects.filter(school=school).order_by("judged_at", "pk"):
        found.setdefault(row.line, {})[row.voice] = LineLevel(phase=row.phase, voice=row.voice, reason=row.reason)
    return found


def current(schools: Collection[School]) -> dict[int, dict[str, Any]]:
    """Return the latest ``placement``, ``phase`` and ``capacity`` row of each school by URN; None where there is none.

    Three queries, whatever the number of schools.
    """
    found: dict[int, dict[str, Any]] = {
        school.pk: {"placement": None, "phase": None, "capacity": None} for school in schools
    }
    for name, model in (("placement", Placement), ("phase", PhaseProposal), ("capacity", CapacityStatus)):
        newest = model._default_manager.filter(school__in=schools).order_by("school_id", "-pk").distinct("school_id")
        for row in newest:
            found[row.school_id][name] = row
    return found


def _known(figures: list[Figure]) -> list[Figure]:
    return sorted((each for each in figures if each.value is not None), key=lambda each: each.period.order)


def _latest(figures: list[Figure]) -> float | None:
    known = _known(figures)
    return float(known[-1].value or 0) if known else None


def _year_of_terms(figures: list[Figure]) -> float | None:
    terms = [each for each in _known(figures) if each.period.term]
    if len(terms) < TERMS_IN_A_YEAR:
        return None
    return float(sum(each.value or 0 for each in terms[-TERMS_IN_A_YEAR:]))


def _absence_percentile(school: School, figures: list[Figure]) -> float | None:
    """Return the national percentile of the latest whole year of absence: published, else three terms in a row."""
    known = _known(figures)
    years = [each for each in known if not each.period.term]
    terms = [each for each in known if each.period.term]
    if terms and len(terms) >= TERMS_IN_A_YEAR and (not years or terms[-1].period.order > years[-1].period.order):
        last = terms[-TERMS_IN_A_YEAR:]
        value = float(sum(each.value or 0 for each in last)) / TERMS_IN_A_YEAR
        return percentile_of("PERCTOT", school.phase, last[-1].period.school_year, "final", value)
    if not years:
        return None
    return percentile_of("PERCTOT", school.phase, years[-1].period.school_year, "final", float(years[-1].value or 0))

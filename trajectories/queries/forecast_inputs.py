"""What a school's forecast reads: its results as national percentiles, and what is known about its pupils."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pandas as pd

from kpis.catalogue import FigureUnit
from kpis.rules.score import Figure
from schools.models import School
from schools.rules.terms import Period, TermOfYear
from trajectories.rules.forecast_model import CONTEXT, measures_of
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import NEWEST_RELEASE, NationalTables, mean_percentiles, percentiles_of

HISTORY = ["urn", "measure", "year", "percentile", "value", "release", "cohort"]
ABOUT = ["urn", "measure", "year", "value"]
ABSENCE = "PERCTOT"


def history_for_forecast(results: pd.DataFrame, phase: str, tables: NationalTables | None = None) -> pd.DataFrame:
    """Return a school's results of one phase of education in the shape forecasts take, newest release of each year.

    ``results`` is what ``engine_inputs.results_for_engine`` returns. Columns ``urn, measure, year, percentile, value,
    release, cohort``. Only figures that are numbers and have a national table.
    """
    codes = [code for code in measures_of(phase) if not measures()[code].made_from]
    known = results[results["measure"].isin(codes) & (results["status"] == "value")].assign(phase=phase)
    rank = {release: place for place, release in enumerate(NEWEST_RELEASE)}
    newest = known.assign(rank=known["release"].map(rank)).sort_values("rank", kind="stable")
    newest = newest.drop_duplicates(["urn", "measure", "year"])
    made = [mean_percentiles(newest, code, tables) for code in measures_of(phase) if measures()[code].made_from]
    placed = percentiles_of(pd.concat([newest, *made], ignore_index=True), tables).dropna(subset=["percentile"])
    # Pupils at the end of the key stage: one number for each school, because a small cohort makes results less certain.
    return placed.assign(cohort=newest["cohort"].median())[HISTORY].sort_values(["measure", "year"], ignore_index=True)


def context_for_forecast(school: School, read: pd.DataFrame, figures: Mapping[str, Sequence[Figure]]) -> pd.DataFrame:
    """Return what is known about a school's pupils: ``urn, measure, year, value``.

    The rows are published absence and census figures from what ``engine_inputs.published_for_engine`` returned. A year
    without published absence gets the rate of its three accepted terms, combined by their sessions.
    """
    frame = read[read["measure"].isin(CONTEXT)]
    frame = frame[frame["is_best"] & (frame["status"] == "value") & (frame["pupil_group"] == "all")]
    frame = frame.rename(columns={"school_year": "year"})[ABOUT]
    held = set(frame.loc[frame["measure"] == ABSENCE, "year"])
    own = [
        (school.pk, ABSENCE, year, rate)
        for year, rate in accepted_absence(figures.get("AB1", ())).items()
        if year not in held
    ]
    return pd.concat([frame, pd.DataFrame(own, columns=ABOUT)], ignore_index=True) if own else frame


def accepted_absence(figures: Sequence[Figure]) -> dict[int, float]:
    """Return the absence rate of each school year in which all three terms were accepted with their sessions."""
    terms = {figure.period: figure.as_part() for figure in figures if figure.period.term}
    rates = {}
    for year in sorted({period.school_year for period in terms}):
        parts = [terms.get(Period(year, term)) for term in TermOfYear]
        missed = [part.numerator for part in parts if part is not None and part.numerator is not None]
        possible = [part.denominator for part in parts if part is not None and part.denominator is not None]
        if len(missed) == len(possible) == len(parts) and (total := sum(possible, Decimal(0))):
            rates[year] = float(sum(missed, Decimal(0)) / total * FigureUnit.PERCENT.multiplier)
    return rates
